// Starts the page and what lets it work without a network.
import { render } from "preact";
import { App } from "./app.js";
import "./style.css";

if (import.meta.env.PROD && "serviceWorker" in navigator)
  void navigator.serviceWorker.register("./service-worker.js").catch(() => undefined); // the page works without

render(<App />, document.getElementById("app")!); // index.html has it
