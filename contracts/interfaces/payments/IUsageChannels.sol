// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IUsageChannels
/// @notice Payment for metered use: the payer locks a cap once and then signs, off chain, vouchers whose sum only grows; the payee
/// redeems the latest one. No administrator, no upgrade. Each side risks one increment that is not signed yet.
/// @dev The money is a lock in the `Ledger`, where this contract is operator and agent in one, and the channel's id is the lock's.
/// Ids are counted up and never used again. Amounts are token base units, gross: the protocol's fee is taken from what the payee is paid.
/// Warning for payees: what is signed and not redeemed before the channel ends is lost. Be online once in each `CLOSE_WINDOW`, and
/// serve nobody whose channel expires sooner than you look.
interface IUsageChannels {
    /// @notice What a payer's call through the ledger asks for: the first word of `onApproval`'s data, followed by the abi-encoded
    /// arguments of `open`, or of `topUp`.
    enum Action {
        Open,
        TopUp
    }

    /// @notice Where a channel is in its life.
    /// @dev `Over`: its window or its term has ended and nothing can be redeemed, but nobody has closed it yet.
    enum Status {
        None,
        Open,
        Closing,
        Over,
        Closed
    }

    /// @notice Why a voucher is not paid.
    /// @dev `NotHigher`: as much, or more, was redeemed before. `CapExceeded`: more than was ever locked; it can be redeemed after a top-up.
    enum Refusal {
        None,
        ChannelUnknown,
        ChannelClosed,
        ChannelOver,
        NotHigher,
        CapExceeded,
        SignatureInvalid
    }

    /// @notice What a payer opens.
    /// @param payee Account that serves and is paid: the provider.
    /// @param serviceId Service of the catalogue that is paid for.
    /// @param tokenId Token of the `Ledger`; the catalogue must list it.
    /// @param amount The cap: most that can be redeemed, until a top-up.
    /// @param expiresAt Unix seconds from which nothing can be redeemed; at least `CLOSE_WINDOW` ahead.
    /// @param sessionKey Key that signs the vouchers, always by ECDSA; pinned for the life of the channel.
    /// @param keyOwner Zero, or the contract whose ERC-1271 answer says, once and now, that the session key speaks for it.
    /// @param keyProof What that contract is shown beside the hash of the EIP-712 struct `SessionKey`.
    struct Opening {
        address payee;
        bytes32 serviceId;
        uint32 tokenId;
        uint96 amount;
        uint40 expiresAt;
        address sessionKey;
        address keyOwner;
        bytes keyProof;
    }

    /// @notice A channel.
    /// @param payout Account whose balance is paid: the payee's payout address as of the opening.
    /// @param locked Token base units that were locked since the opening.
    /// @param redeemed Token base units of it that vouchers claimed, gross.
    /// @param expiresAt Unix seconds.
    /// @param closesAt Unix seconds at which the payer's window ends; 0 when it has not asked to close.
    /// @param feeBps Protocol fee in basis points, as of the opening.
    struct Channel {
        Status status;
        address payer;
        address payee;
        address payout;
        bytes32 serviceId;
        uint32 tokenId;
        address sessionKey;
        uint96 locked;
        uint96 redeemed;
        uint40 expiresAt;
        uint40 closesAt;
        uint16 feeBps;
    }

    /// @notice What the session key signed: `Voucher(uint256 channelId,address payee,bytes32 serviceId,uint256 cumulative,bytes32
    /// usageRoot)` in this contract's EIP-712 domain. Payee and service are the channel's own and not said again.
    /// @dev Only words, so that no item of a batch can fail to be read.
    /// @param cumulative Token base units, gross, since the opening.
    /// @param usageRoot Commits to what was used; its meaning is the service's.
    /// @param r First half of the signature.
    /// @param vs Second half with the parity in its highest bit (EIP-2098). One signature has one form here.
    struct Voucher {
        uint256 channelId;
        uint256 cumulative;
        bytes32 usageRoot;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice The voucher is not paid.
    error ChannelsVoucherRefused(uint256 channelId, Refusal reason);
    /// @notice The channel was never opened.
    error ChannelsUnknown(uint256 channelId);
    /// @notice The channel is closed, or can only be closed any more.
    error ChannelsOver(uint256 channelId);
    /// @notice The payer has asked to close the channel. Unix seconds.
    error ChannelsClosing(uint256 channelId, uint256 closesAt);
    /// @notice Only the payer, and for closing also the payee, may do this.
    error ChannelsCallerInvalid(uint256 channelId, address caller);
    /// @notice The zero address cannot be paid.
    error ChannelsPayeeInvalid(address payee);
    /// @notice Nothing is to be locked, or more than a channel can hold. Token base units.
    error ChannelsAmountInvalid(uint256 amount, uint256 max);
    /// @notice The expiry leaves the payee no time. Unix seconds.
    error ChannelsExpiryTooSoon(uint256 earliestAt, uint256 expiresAt);
    /// @notice The session key is zero, or a contract, which cannot sign: name a key, and the contract as its owner.
    error ChannelsKeyInvalid(address sessionKey);
    /// @notice The contract does not say that the key speaks for it.
    error ChannelsKeyProofInvalid(address keyOwner, address sessionKey);
    /// @notice The catalogue does not list the service or the token for new channels.
    error ChannelsServiceUnavailable(bytes32 serviceId, uint32 tokenId);
    /// @notice The catalogue asks for more than the hard bound. Basis points.
    error ChannelsFeeTooHigh(uint256 feeBps, uint256 maxFeeBps);
    /// @notice Only the ledger may hand over, and only the known actions.
    error ChannelsHandoverInvalid();

    /// @notice A cap was locked. `expiresAt` in Unix seconds, `amount` in token base units, `feeBps` in basis points.
    event ChannelOpened(
        uint256 indexed channelId,
        address indexed payer,
        address indexed payee,
        bytes32 serviceId,
        uint32 tokenId,
        uint96 amount,
        uint40 expiresAt,
        address sessionKey,
        address keyOwner,
        address payout,
        uint16 feeBps
    );
    /// @notice The cap grew or the expiry moved later. `locked` is the sum since the opening. Token base units; Unix seconds.
    event ChannelToppedUp(uint256 indexed channelId, uint96 amount, uint96 locked, uint40 expiresAt);
    /// @notice A voucher was paid.
    /// @param cumulative Token base units, gross, since the opening.
    /// @param paid Token base units, net of the fee, that this voucher moved to the payout account.
    event VoucherRedeemed(uint256 indexed channelId, uint96 cumulative, uint96 paid, bytes32 usageRoot);
    /// @notice A voucher of a batch was left out.
    event VoucherRefused(uint256 indexed channelId, uint256 cumulative, Refusal reason);
    /// @notice The payer asked to close; vouchers are paid until then. Unix seconds.
    event ChannelClosing(uint256 indexed channelId, uint40 closesAt);
    /// @notice The channel is over for good. Token base units.
    /// @param redeemed Gross, since the opening.
    /// @param fee The protocol's part of it, since the opening.
    /// @param refunded What went back to the payer.
    event ChannelClosed(uint256 indexed channelId, uint96 redeemed, uint96 fee, uint96 refunded);
    /// @notice From `validFrom` on, new channels pay `payout`. Unix seconds.
    event PayoutChanged(address indexed payee, address indexed payout, uint40 validFrom);

    /// @notice Highest protocol fee, in basis points.
    function MAX_FEE_BPS() external view returns (uint16);
    /// @notice Time between a payer's wish to close and the end. Seconds.
    function CLOSE_WINDOW() external view returns (uint256);
    /// @notice Time between a change of a payout address and its effect. Seconds.
    function PAYOUT_DELAY() external view returns (uint256);
    /// @notice Number of channels so far; ids start at 1.
    function channelCount() external view returns (uint256);
    /// @notice A channel; zeros when there is none of this number.
    function channelOf(uint256 channelId) external view returns (Channel memory);
    /// @notice Account that channels to `payee` opened now would pay: the payee itself until it names another.
    function payoutOf(address payee) external view returns (address);
    /// @notice What the session key signs: the EIP-712 digest of a voucher.
    function voucherDigestOf(
        uint256 channelId,
        uint256 cumulative,
        bytes32 usageRoot
    ) external view returns (bytes32 digest);
    /// @notice What a `keyOwner` is asked about: the EIP-712 digest of `SessionKey(address key,address payer,address payee,bytes32
    /// serviceId,uint256 expiresAt)`.
    function sessionKeyDigestOf(address payer, Opening calldata opening) external view returns (bytes32 digest);

    /// @notice Locks a cap of the caller, within its approval for this contract as operator and agent.
    function open(Opening calldata opening) external returns (uint256 channelId);
    /// @notice Payer only: raises the cap of an open channel, and may move its expiry later, never earlier.
    function topUp(uint256 channelId, uint96 amount, uint40 expiresAt) external;
    /// @notice Anyone: pays what the voucher claims beyond what was redeemed, to the payee's payout account.
    function redeem(Voucher calldata voucher) external;
    /// @notice Anyone: redeems the good ones, of any channels, and leaves the others out with an event each.
    /// @return redeemedCount Number of vouchers that were paid.
    function redeemMany(Voucher[] calldata vouchers) external returns (uint256 redeemedCount);
    /// @notice Ends a channel: at once for the payee, or for anybody when it is over; for the payer after `CLOSE_WINDOW`, when somebody
    /// has to call again. Pays the fee and returns the rest of the cap.
    function close(uint256 channelId) external;
    /// @notice Anyone: pays the fee of what was redeemed.
    function sweepFee(uint256 channelId) external;
    /// @notice Names the account that the caller's new channels pay, `PAYOUT_DELAY` from now; replaces a change that still waits.
    /// @dev Running channels keep theirs. The caller's own address, or zero, returns to itself.
    function setPayout(address payout) external;
}
