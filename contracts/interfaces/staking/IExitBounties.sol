// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IExitBounties
/// @notice Whoever thaws stake may promise native coin to whoever pays it out once it has thawed. Anybody may pay out anybody's thawed
/// stake without it: a bounty is an offer beside the vault, which knows nothing of it and moves no token here. It has no administrator.
/// @dev An order names a tranche by its number. Its bounty is earned by the call that pays out that tranche wholly: neither by paying out
/// older ones while it thaws, nor a part that a case left free, nor later ones after somebody else paid it out, nor one that a slash
/// left worthless together with all that thawed before it. "Nothing of the account is left thawing" would be shorter, but would never
/// come true for an account that thaws again and again, and its owner could make any execution fail by thawing one base unit more.
/// Only the owner makes tranches, so nobody else can move what an order is about.
/// The coin that it holds is the sum of the open bounties, and what was forced upon it, which nobody can take out.
interface IExitBounties {
    /// @notice What an account promises for its exit from a provider.
    /// @param amountWei Native coin, in wei; 0 when there is none.
    /// @param tranche Number of the tranche that must be paid out, see `IStakeVault.tranchesOf`.
    struct Bounty {
        uint128 amountWei;
        uint32 tranche;
    }

    /// @notice No coin came along, or more than there can be. Wei.
    error BountyAmountInvalid(uint256 amountWei, uint256 mostWei);
    /// @notice The account does not thaw this tranche at the provider: it never was, or was paid out.
    error BountyTrancheUnknown(address provider, address account, uint256 tranche);
    /// @notice The account promises nothing for this exit.
    error BountyUnknown(address provider, address account);
    /// @notice Less is promised than whoever executes requires. Wei.
    error BountyTooLow(address provider, address account, uint256 availableWei, uint256 requiredWei);
    /// @notice The tranche is not, or not wholly, paid out by this withdrawal: it still thaws, or a case holds back some of it.
    error BountyTrancheLeft(address provider, address account, uint256 tranche);
    /// @notice A slash took all that would be paid out.
    error BountyNothingPaid(address provider, address account);

    /// @notice A bounty was promised, raised, or moved to another tranche. Wei: what came in, and the bounty after it.
    event BountyOffered(
        address indexed provider,
        address indexed account,
        uint32 tranche,
        uint128 addedWei,
        uint128 amountWei
    );
    /// @notice A bounty was earned. Wei; the stake that was paid out to its owner, in EVER base units.
    event BountyPaid(
        address indexed provider,
        address indexed account,
        address indexed executor,
        uint32 tranche,
        uint128 amountWei,
        uint128 withdrawn
    );
    /// @notice A bounty went back to whom it belongs. Wei.
    event BountyTakenBack(address indexed provider, address indexed account, uint32 tranche, uint128 amountWei);

    /// @notice What an account promises for its exit from a provider.
    function bountyOf(address provider, address account) external view returns (Bounty memory);

    /// @notice Promises the coin that comes along for paying out what the caller thaws at a provider, up to a tranche; adds to what it
    /// promised before, which is for this tranche then.
    /// @dev Warning: only an account that can receive coin can take a bounty back.
    /// @param tranche One that thaws or has thawed; everything older leaves before it or with it. In a full queue the newest tranche
    /// begins to wait anew with each thaw, and the bounty waits with it.
    function offer(address provider, uint32 tranche) external payable;
    /// @notice Anyone: pays out what an account has thawed at a provider, to that account, and gets its bounty.
    /// @dev Fails, and changes nothing, unless the tranche is paid out by it. Its owner may take the bounty back at any time before.
    /// @param leastWei Bounty below which the call fails: the owner may have taken it back and promised less.
    /// @return amountWei What the caller got. Wei.
    function execute(address provider, address account, uint256 leastWei) external returns (uint128 amountWei);
    /// @notice Returns the caller's bounty, at any time: also of an exit that was paid out by somebody else, or frozen.
    /// @return amountWei What the caller got. Wei.
    function takeBack(address provider) external returns (uint128 amountWei);
}
