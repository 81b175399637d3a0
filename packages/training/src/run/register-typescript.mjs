// For workers on sources, in tests and benches: lets Node load TypeScript. Built packages have no part of this.
import { register } from "tsx/esm/api";

register();
