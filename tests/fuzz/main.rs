//! A fuzzer for the validation of a push that knows the structure of changes, and the attack table
//! of the sync design with the memory that each row may cost.
//!
//! `make fuzz SECONDS=600` runs it for a long time; the tests run it for [`CI_SECONDS`]. A failure
//! prints the seed that repeats it: `make fuzz SEED=…`.

mod attacks;
mod memory;
mod targets;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use calloff_core::document;
use calloff_core::sample::Seed;
use calloff_core::sync::{Batch, Validated, merge, pack_push, packed_size, unpack_push};
use calloff_core::wire::{DocumentKind, PushRefusal, PushRefusalCode};
use calloff_tests::mutation::{Body, chunk, compressed_chunk};

use memory::Memory;
use targets::{Target, targets};

/// How long the fuzzer runs in the tests.
const CI_SECONDS: u64 = 20;

/// The most memory of this process, because a small server has no more to spare.
const MEGABYTES: u64 = 256;

/// The longest time that a batch of a fuzzed change may use a core, on every machine.
const LONGEST: Duration = Duration::from_secs(5);

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn mutated_changes_neither_panic_out_nor_leave_what_does_not_reload_nor_take_memory() {
    let mut memory = Memory::alone();
    // The panics inside are expected: Automerge's, caught. Without this, their messages would hide
    // everything else.
    let only = setting("FUZZ_SEED");
    if only.is_none() {
        hush_this_thread();
    }
    let targets = targets();
    let until = clock() + Duration::from_secs(setting("FUZZ_SECONDS").unwrap_or(CI_SECONDS));
    let mut tally = Tally::default();
    let mut number = only.unwrap_or_else(|| setting("FUZZ_FIRST_SEED").unwrap_or(1));
    while clock() < until {
        let took = clock();
        let failure = std::panic::catch_unwind(|| attempt(&targets, number));
        tally.longest = tally.longest.max(clock() - took);
        match failure {
            Ok(Ok(outcome)) => *tally.outcomes.entry(outcome).or_default() += 1,
            Ok(Err(failure)) => tally.failures.push(format!("FUZZ_SEED={number}: {failure}")),
            Err(_) => {
                tally.failures.push(format!("FUZZ_SEED={number}: panicked out of the validator"))
            }
        }
        if only.is_some() || tally.failures.len() > 20 {
            break;
        }
        number += 1;
    }
    let peak = memory.peak_megabytes();
    println!(
        "{} batches, peak {peak} MB, longest {:?}: {:?}",
        tally.batches(),
        tally.longest,
        tally.outcomes
    );
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    assert!(peak < MEGABYTES, "{peak} MB");
    assert!(tally.longest < LONGEST, "{:?}", tally.longest);
    // A fuzzer whose batches are all refused at once tests nothing.
    if only.is_none() {
        for kind in [DocumentKind::Order, DocumentKind::Site] {
            for reached in
                ["accepted", "Malformed", "TooLarge", "WrongActor", "ForbiddenPath", "RuleBroken"]
            {
                let reached = format!("{}: {reached}", kind.as_str());
                assert!(
                    tally.outcomes.contains_key(&reached),
                    "no batch came to {reached}: {:?}",
                    tally.outcomes
                );
            }
        }
    }
}

/// What a server does with a batch until it is stored.
fn taken(batch: Batch<'_>) -> Result<Validated, Vec<PushRefusal>> {
    let merged = merge(batch)?;
    let answered =
        if merged.submitted().is_some() { merged.answer(Ok(Vec::new()), 1)? } else { merged };
    answered.seal()
}

/// Panics inside the validator are expected: Automerge's, caught. Without this, their messages
/// would hide everything else.
fn hush_this_thread() {
    let fuzzing = std::thread::current().id();
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_reported = std::thread::current().id() != fuzzing
            || panic.location().is_some_and(|place| place.file().ends_with("fuzz/main.rs"));
        if is_reported {
            others(panic);
        }
    }));
}

#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<String, u64>,
    failures: Vec<String>,
    longest: Duration,
}

impl Tally {
    fn batches(&self) -> u64 {
        self.outcomes.values().sum()
    }
}

/// A batch is unpacked as it was packed. A damaged body gives nothing, or no more bytes than it
/// says.
fn travels(target: &Target, changes: &[u8], seed: &mut Seed) -> Result<(), String> {
    let push = target.push(changes);
    let mut body = pack_push(&push).map_err(|error| error.to_string())?;
    if unpack_push(&body).as_ref() != Ok(&push) {
        return Err("it is not unpacked as it was packed".to_owned());
    }
    for _ in 0..seed.between(1, 3) {
        let at = seed.place(body.len());
        body[at] ^= 1 << seed.place(8);
    }
    let Ok(damaged) = unpack_push(&body) else { return Ok(()) };
    let unpacked: usize = damaged.documents.iter().map(|document| document.changes.0.len()).sum();
    let said = packed_size(&body).map_err(|error| error.to_string())?;
    if unpacked > said {
        Err(format!("{unpacked} bytes from a body that says {said}"))
    } else {
        Ok(())
    }
}

/// Runs one mutated batch of one target. Returns the result, or what is wrong with it.
fn attempt(targets: &[Target], number: u64) -> Result<String, String> {
    let mut seed = Seed::new(number);
    let target = &targets[seed.place(targets.len())];
    let mut chunks = target.chunks.clone();
    let at = seed.place(chunks.len());
    let mut body = Body::parse(&chunks[at]);
    body.mutate(&mut seed);
    let mut bytes = body.bytes();
    if seed.percent(10) {
        let flip = seed.place(bytes.len());
        bytes[flip] ^= 1 << seed.place(8);
    }
    chunks[at] = if seed.percent(20) { compressed_chunk(&bytes) } else { chunk(&bytes) };
    let changes = chunks.concat();
    travels(target, &changes, &mut seed)?;
    let kind = target.kind.as_str();
    match taken(target.batch(&changes)) {
        Ok(validated) => {
            let reloaded = document::load(&validated.bytes)
                .map_err(|error| format!("does not reload: {error}"))?;
            if document::heads(&reloaded) != validated.heads {
                return Err("other heads after a reload".to_owned());
            }
            let (state, _) = document::read(target.document, &reloaded);
            if state.as_ref() != Some(&validated.state) {
                return Err("another state after a reload".to_owned());
            }
            target.goes_on(validated)?;
            Ok(format!("{kind}: accepted"))
        }
        Err(refusals) => match refusals.as_slice() {
            [refusal] if refusal.code == PushRefusalCode::NotReloadable => {
                Ok(format!("{kind}: NotReloadable ({})", refusal.message))
            }
            [refusal] if refusal.message == "the changes make the merge fail" => {
                Ok(format!("{kind}: panic inside"))
            }
            [refusal] => Ok(format!("{kind}: {:?}", refusal.code)),
            other => Err(format!("{} refusals", other.len())),
        },
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a fuzzer runs for a time; what it tries follows from the seed alone"
)]
fn clock() -> Instant {
    Instant::now()
}
