use std::time::Duration;

use calloff_core::limits::DAYS_ON_TABLETS;
use jiff::ToSpan as _;

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::old_orders::{Age, mark_old_orders};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The most orders in one transaction, because pushes wait for it.
const AT_ONCE: u32 = 200;

/// The pause between two transactions, for the pushes that wait.
const PAUSE: Duration = Duration::from_millis(100);

/// Lets old orders leave the tablets. Tablets hear of it with their next pull.
pub(super) async fn leave(state: &AppState) -> Result<(), ServiceError> {
    let now = state.now();
    let days = i64::from(DAYS_ON_TABLETS);
    let today = state.today(&state.store.locations().await?)?;
    let age = Age {
        unchanged_since: now.saturating_sub(days * DAY),
        last_delivery: today.saturating_sub(days.days()),
    };
    let mut count = 0;
    loop {
        let mut write = state.store.write().await?;
        let marked = mark_old_orders(&mut write, age, AT_ONCE).await?;
        write.commit().await?;
        if marked.is_empty() {
            break;
        }
        count += marked.len();
        tokio::time::sleep(PAUSE).await;
    }
    if count > 0 {
        tracing::info!(count, "old orders leave the tablets");
    }
    Ok(())
}
