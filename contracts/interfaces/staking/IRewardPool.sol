// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IRewardPool
/// @notice Rewards providers, and through the vault their delegators, for the fees that their deals and channels really paid. It has no
/// administrator.
/// @dev Fees are *recorded* by anybody, in the epoch in which somebody does it, and once. When an epoch has ended its rewards can be
/// claimed, also by anybody. For one token
///
/// reward = cap × (burned for the token ÷ burned for all tokens) × fees ÷ max(sold of the token, recorded of the token),
/// cap = min(schedule of the next epoch, 90 % of what was burned), each division rounded down.
///
/// So all rewards of an epoch are at most 90 % of the EVER that the fee router burned in it; and a provider's are at most 90 % of its fees
/// at the prices at which they were sold in it: who deals with itself loses a tenth at least. Never are bytes or seconds rewarded.
/// Warning for providers: fees earn in the epoch in which they are recorded, what is burned in it for that token. Sweep and record in
/// each epoch. The EVER is minted when it is claimed; what nobody claims is never minted.
interface IRewardPool {
    /// @notice The epoch has not ended, so that its rewards are not known.
    error RewardsEpochRunning(uint256 epoch, uint256 currentEpoch);
    /// @notice Nothing was recorded, or burned, for this provider, epoch and token; or it was claimed before.
    error RewardsNothingDue(address provider, uint256 epoch, uint32 tokenId);
    /// @notice A halving of the schedule needs a length. Epochs.
    error RewardsScheduleInvalid(uint256 halvingEpochs);

    /// @notice Fees that a deal or a channel paid were counted. Token base units.
    /// @param source `DealPayments` or `UsageChannels`.
    /// @param id Deal key or channel id.
    event FeesRecorded(
        address indexed provider,
        address indexed source,
        uint256 indexed id,
        uint64 epoch,
        uint32 tokenId,
        uint128 amount
    );
    /// @notice A reward was minted and handed to the vault. EVER base units.
    /// @param fees The recorded fees that it is for. Token base units.
    event RewardClaimed(
        address indexed provider,
        uint64 indexed epoch,
        uint32 indexed tokenId,
        uint128 fees,
        uint128 amount
    );

    /// @notice Share of what an epoch burned that its rewards are at most. Basis points.
    function EMISSION_BPS() external view returns (uint256);
    /// @notice Most that the schedule emits in an epoch, halved after each `HALVING_EPOCHS`. EVER base units.
    function scheduleOf(uint64 epoch) external view returns (uint256);
    /// @notice Most that is emitted for what an epoch burned. EVER base units; still grows while the epoch runs.
    function capOf(uint64 epoch) external view returns (uint256);
    /// @notice Fees of a token that were recorded in an epoch, of all providers. Token base units.
    function recordedIn(uint64 epoch, uint32 tokenId) external view returns (uint256);
    /// @notice Recorded fees of a provider that were not claimed yet. Token base units.
    function feesOf(address provider, uint64 epoch, uint32 tokenId) external view returns (uint256);
    /// @notice Fees that were recorded of a deal or a channel so far. Token base units.
    function recordedOf(address source, uint256 id) external view returns (uint256);
    /// @notice What can be claimed. EVER base units.
    /// @dev Warning: only a forecast while the epoch runs: what others record lowers it, what is burned raises it.
    function rewardOf(address provider, uint64 epoch, uint32 tokenId) external view returns (uint256);

    /// @notice Anyone: counts what a deal paid in fees since the last time, for its provider. Sweep its fee before.
    /// @return amount Token base units that were counted; 0 when there is nothing new, which is no error.
    function recordDeal(uint256 dealKey) external returns (uint256 amount);
    /// @notice Anyone: counts what a channel paid in fees since the last time, for its payee. Sweep its fee before.
    /// @return amount Token base units that were counted; 0 when there is nothing new, which is no error.
    function recordChannel(uint256 channelId) external returns (uint256 amount);
    /// @notice Anyone, once the epoch has ended: mints a provider's reward for one token into the vault.
    /// @return amount EVER base units.
    function claim(address provider, uint64 epoch, uint32 tokenId) external returns (uint256 amount);
}
