//! The command line as people use it: the real binary with its own data folder.

#[path = "cli/harness.rs"]
mod harness;

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/changes.rs"]
mod changes;
#[path = "cli/commitment.rs"]
mod commitment;
#[path = "cli/contracts.rs"]
mod contracts;
#[path = "cli/identity.rs"]
mod identity;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/publish.rs"]
mod publish;
#[path = "cli/real_list.rs"]
mod real_list;
#[path = "cli/resolve.rs"]
mod resolve;
#[path = "cli/starts.rs"]
mod starts;
#[path = "cli/unsaid.rs"]
mod unsaid;
