// Makes sure that tensors are made and kernels run on the device that was asked for.
import type { TensorFlow } from "./tensorflow.js";

/** Where TensorFlow.js computes; each needs its backend package imported by the caller. */
export type TfjsDevice = "cpu" | "wasm" | "webgl" | "webgpu";

/** Turns one device on. The runtime has a single current device, so this comes before every use. */
export interface DeviceSwitch {
  readonly name: string;
  /** Starts the device if needed. @throws Error if its package is not imported or it cannot start */
  ready(): Promise<void>;
  /** Makes a started device current. @throws Error if it has not been started and cannot start at once */
  activate(): void;
}

/** @param device undefined for whatever is current when used */
export function deviceSwitch(tf: TensorFlow, device: TfjsDevice | undefined): DeviceSwitch {
  if (device === undefined) {
    return {
      name: "tfjs",
      ready: () => tf.ready(),
      activate() {
        if (tf.getBackend() === undefined) refuse("no device is ready", "await tf.ready() before uploading");
      },
    };
  }
  return {
    name: `tfjs-${device}`,
    async ready() {
      if (tf.getBackend() === device && tf.findBackend(device)) return;
      if (!tf.findBackendFactory(device)) refuse(`"${device}" is unknown to the runtime`, importHint(device));
      if (!(await tf.setBackend(device))) refuse(`"${device}" does not start here`, "use another device");
    },
    activate() {
      if (tf.getBackend() === device && tf.findBackend(device)) return;
      if (!tf.findBackendFactory(device)) refuse(`"${device}" is unknown to the runtime`, importHint(device));
      // wasm and webgpu start asynchronously; once started, setBackend switches before it returns.
      if (!tf.findBackend(device) && (device === "wasm" || device === "webgpu"))
        refuse(`"${device}" is not started`, `await tf.setBackend("${device}") or compile a program first`);
      void tf.setBackend(device);
    },
  };
}

function importHint(device: TfjsDevice): string {
  return `import "@tensorflow/tfjs-backend-${device}" first`;
}

function refuse(what: string, advice: string): never {
  throw new Error(`tfjs: the device ${what}; ${advice}`);
}
