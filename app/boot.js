// Starts an app. This is a file of its own, so that the content security policy can be
// `script-src 'self' 'wasm-unsafe-eval'`.

const bundle = document.querySelector('meta[name="calloff-bundle"]');

function showFailure(error) {
  const boot = document.getElementById("boot");
  const message = document.getElementById("boot-message");
  if (!boot || !message) return;
  boot.setAttribute("role", "alert");
  message.textContent = navigator.onLine
    ? "Calloff could not start. Reload the page; if that does not help, update the browser."
    : "Calloff is not on this device yet. Connect to the network once and reload.";
  const detail = document.createElement("p");
  detail.className = "boot-detail";
  detail.textContent = String(error);
  boot.append(detail);
}

try {
  const { default: init } = await import(bundle.dataset.js);
  await init({ module_or_path: bundle.dataset.wasm });
  document.documentElement.dataset.started = "";
} catch (error) {
  console.error(error);
  showFailure(error);
}
