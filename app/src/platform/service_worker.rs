//! The service worker (`public/sw.js`). It starts the app without a network, and brings its
//! updates.
//!
//! The browser downloads an update while people work, and then the update waits. It takes over when
//! every tab is closed, or when a person asks for it here. Before that, the caller makes sure that
//! nothing unsaved is on the screen.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState};

use super::{Subscription, thrown_text};

const SCRIPT: &str = "/sw.js";

/// Without a service worker the app works only while the server can be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this browser will not start the app without a network: {0}")]
pub struct ServiceWorkerError(String);

impl From<JsValue> for ServiceWorkerError {
    fn from(thrown: JsValue) -> Self {
        Self(thrown_text(&thrown))
    }
}

/// The registered worker of this address.
#[derive(Debug, Clone)]
pub struct ServiceWorker {
    container: ServiceWorkerContainer,
    registration: ServiceWorkerRegistration,
}

impl ServiceWorker {
    /// Registers the worker. If it is registered already, finds it.
    pub async fn register() -> Result<Self, ServiceWorkerError> {
        let container = container()?;
        let registration = JsFuture::from(container.register(SCRIPT)).await?.unchecked_into();
        Ok(Self { container, registration })
    }

    /// Calls `callback` when an update is downloaded and waits, now or later.
    pub fn on_update(&self, callback: impl Fn() + 'static) -> Subscription {
        let callback = Rc::new(callback);
        if self.registration.waiting().is_some() && self.container.controller().is_some() {
            callback();
        }
        // The worker that is being installed, watched until it waits or fails.
        let installing: Rc<RefCell<Option<EventListener>>> = Rc::default();
        let Self { container, registration } = self.clone();
        let watch = move |_: &web_sys::Event| {
            let Some(worker) = registration.installing() else {
                return;
            };
            let (container, callback, watched) =
                (container.clone(), Rc::clone(&callback), worker.clone());
            installing.replace(Some(EventListener::new(&worker, "statechange", move |_| {
                // Without a controller this is the first installation and not an update.
                if watched.state() == ServiceWorkerState::Installed
                    && container.controller().is_some()
                {
                    callback();
                }
            })));
        };
        Subscription(vec![EventListener::new(&self.registration, "updatefound", watch)])
    }

    /// Looks for a new version now. If there is one, the browser downloads it, and then it waits.
    pub async fn look_for_update(&self) -> Result<(), ServiceWorkerError> {
        JsFuture::from(self.registration.update()?).await?;
        Ok(())
    }

    /// Lets the waiting update take over and reloads this page. False if no update waits. Call this
    /// only when a person asks for it, because typed text that is not saved is lost.
    pub fn apply_update(&self) -> Result<bool, ServiceWorkerError> {
        let Some(waiting) = self.registration.waiting() else {
            return Ok(false);
        };
        EventListener::once(&self.container, "controllerchange", |_| {
            // If the browser does not load the page again, the new version comes at the next start.
            super::page::reload();
        })
        .forget();
        let message = Object::new();
        Reflect::set(&message, &"type".into(), &"skip-waiting".into())?;
        waiting.post_message(&message)?;
        Ok(true)
    }
}

fn container() -> Result<ServiceWorkerContainer, ServiceWorkerError> {
    let window = web_sys::window().ok_or_else(|| ServiceWorkerError("no window".into()))?;
    let container = window.navigator().service_worker();
    if container.is_undefined() {
        return Err(ServiceWorkerError("the address is not secure (https)".into()));
    }
    Ok(container)
}
