//! Ways to break the pipeline on purpose: each must be caught.

/// One part that does not do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The server acknowledges what is not on its disk yet.
    DropTheDurableCommit,
    /// The server keeps a document that does not load as it was saved.
    SkipTheReloadCheck,
    /// The server merges into an order that it has accepted.
    AcceptALateLine,
    /// The server orders at the prices that a tablet sends.
    BelieveThePins,
    /// The server answers a push that it had before as if it were new.
    AnswerTwice,
    /// The server keeps the first changes of a batch that it refuses.
    TakeHalfABatch,
    /// The server lets a tablet write to what is another site's.
    LetAnotherSiteWrite,
    /// The server merges what no tablet may write of a site's settings.
    RewriteTheGuide,
    /// The server settles what two tablets say differently of their site, by itself.
    DropAConflict,
    /// The server's cursor is ahead of what the answer lists.
    LetTheFeedRunAhead,
    /// A copy of the database is put back, and nothing says so.
    RestoreUnsaid,
    /// The server takes up an offer without asking what its lines come to.
    BelieveAnOffer,
    /// The tablet drops an intent when it is sent instead of when it is acknowledged.
    ForgetWhenSent,
    /// The tablet says *saved* before its disk has it.
    SaveLate,
    /// Two tabs of one tablet write at once.
    LetTwoTabsLead,
}

impl Sabotage {
    pub const ALL: [Self; 15] = [
        Self::DropTheDurableCommit,
        Self::SkipTheReloadCheck,
        Self::AcceptALateLine,
        Self::BelieveThePins,
        Self::AnswerTwice,
        Self::TakeHalfABatch,
        Self::LetAnotherSiteWrite,
        Self::RewriteTheGuide,
        Self::DropAConflict,
        Self::LetTheFeedRunAhead,
        Self::RestoreUnsaid,
        Self::BelieveAnOffer,
        Self::ForgetWhenSent,
        Self::SaveLate,
        Self::LetTwoTabsLead,
    ];
}
