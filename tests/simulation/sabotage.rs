//! Ways to break the pipeline on purpose. An oracle must catch each of them.

/// A part of the pipeline that does not do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The server acknowledges changes that are not on its disk yet.
    DropTheDurableCommit,
    /// The server keeps a document that does not load as it was saved.
    SkipTheReloadCheck,
    /// The server merges into an order that it has accepted.
    AcceptALateLine,
    /// The server orders at the prices that a tablet sends.
    BelieveLockedPrices,
    /// The server counts the purchase orders again when a push comes again.
    AnswerTwice,
    /// The server keeps the first changes of a batch that it refuses.
    TakeHalfABatch,
    /// The server lets a tablet write to a document of another site.
    LetAnotherSiteWrite,
    /// The server merges changes of a site's settings that no tablet may write.
    RewriteTheGuide,
    /// The server settles a conflict between two tablets in a site's settings by itself.
    DropAConflict,
    /// The server's cursor is ahead of the documents that the answer lists.
    LetTheFeedRunAhead,
    /// A copy of the database is put back, and the database keeps its incarnation.
    RestoreUnsaid,
    /// The server takes up an offer without a check of its purchase orders.
    BelieveAnOffer,
    /// The server takes orders off the tablets that are not settled.
    ForgetDrafts,
    /// The tablet drops an intent when it is sent instead of when it is acknowledged.
    ForgetWhenSent,
    /// The tablet says *saved* before the change is on its disk.
    SaveLate,
    /// Two tabs of one tablet write at the same time.
    LetTwoTabsLead,
}

impl Sabotage {
    pub const ALL: [Self; 16] = [
        Self::DropTheDurableCommit,
        Self::SkipTheReloadCheck,
        Self::AcceptALateLine,
        Self::BelieveLockedPrices,
        Self::AnswerTwice,
        Self::TakeHalfABatch,
        Self::LetAnotherSiteWrite,
        Self::RewriteTheGuide,
        Self::DropAConflict,
        Self::LetTheFeedRunAhead,
        Self::RestoreUnsaid,
        Self::BelieveAnOffer,
        Self::ForgetDrafts,
        Self::ForgetWhenSent,
        Self::SaveLate,
        Self::LetTwoTabsLead,
    ];
}
