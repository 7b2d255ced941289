// One small function per feature; each shows what the server said, or why it said nothing.

const origin = location.origin;
const $ = (selector, within = document) => within.querySelector(selector);
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(2);

/** Wires a form: the curl line follows its fields, and submitting runs `action(fields, show)`. */
function feature(id, curl, action) {
  const form = $(`#${id}`);
  const section = form.closest("section");
  const output = $("output", section);
  const submit = $("button:not([type])", form);
  const show = (text) => (output.textContent = text);
  const describe = () => ($(".curl code", section).textContent = curl(form.elements));

  form.addEventListener("input", describe);
  describe();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    delete output.dataset.failed;
    show("…");
    try {
      await action(form.elements, show);
    } catch (failure) {
      output.dataset.failed = "";
      show(failure.message);
    } finally {
      submit.disabled = false;
    }
  });
}

/** Fetches, and turns an error answer into an exception with the server's own words. */
async function ask(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Error(`${response.status} ${problem.detail ?? response.statusText}`);
  }
  return response;
}

async function* chunks(response) {
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    yield part.value;
  }
}

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0"));
const shellQuoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const pretty = (value) => JSON.stringify(value, null, 2);

// JSON

const greetingPath = (fields) => `/api/greeting?name=${encodeURIComponent(fields.name.value)}`;

feature(
  "greeting",
  (fields) => `curl ${shellQuoted(origin + greetingPath(fields))}`,
  async (fields, show) => show(pretty(await (await ask(greetingPath(fields))).json())),
);

// Streaming

const hangUp = $("#numbers [data-abort]");

feature(
  "numbers",
  (fields) => `curl -N '${origin}/api/numbers?count=${fields.count.value}'`,
  async (fields, show) => {
    const bars = $("#bars");
    const abort = new AbortController();
    const started = performance.now();
    let lines = 0;
    bars.replaceChildren();
    hangUp.disabled = false;
    hangUp.onclick = () => abort.abort();
    try {
      const path = `/api/numbers?count=${fields.count.value}`;
      const response = await ask(path, { signal: abort.signal });
      const decoder = new TextDecoder();
      let pending = "";
      for await (const chunk of chunks(response)) {
        const complete = (pending + decoder.decode(chunk, { stream: true })).split("\n");
        pending = complete.pop();
        for (const line of complete) {
          lines++;
          bars.append(document.createElement("i"));
          show(`${line}\n${lines} lines in ${seconds(started)} s`);
        }
      }
    } catch (failure) {
      if (failure.name !== "AbortError") {
        throw failure;
      }
      show(`hung up after ${lines} lines; the server has cancelled its stream`);
    } finally {
      hangUp.disabled = true;
    }
  },
);

// Echo

const MIB = 1024 * 1024;

// Browsers read no answer before they have sent the whole request. A body larger than the buffers on
// the way would wait for itself, so noise goes in requests of this size; curl needs no such care.
const ECHO_BLOCK = 65536;

async function echoed(body) {
  const response = await ask("/api/echo", { method: "POST", body });
  return new Uint8Array(await response.arrayBuffer());
}

async function echoNoise(mebibytes, show) {
  const block = crypto.getRandomValues(new Uint8Array(ECHO_BLOCK));
  const requests = (mebibytes * MIB) / ECHO_BLOCK;
  const started = performance.now();
  for (let done = 1; done <= requests; done++) {
    const back = await echoed(block);
    if (back.some((byte, i) => byte !== block[i])) {
      throw new Error(`request ${done} came back changed`);
    }
    show(`${done} of ${requests} requests, every byte back, ${seconds(started)} s`);
  }
}

feature(
  "echo",
  (fields) =>
    fields.size.value === "0"
      ? `curl --data-binary ${shellQuoted(fields.text.value)} ${origin}/api/echo`
      : `head -c ${fields.size.value * MIB} /dev/urandom | curl -T - -X POST ${origin}/api/echo | wc -c`,
  async (fields, show) => {
    const mebibytes = Number(fields.size.value);
    if (mebibytes) {
      await echoNoise(mebibytes, show);
    } else {
      show(new TextDecoder().decode(await echoed(fields.text.value)));
    }
  },
);

// Upload

/** SHA-256 as hex, or nothing where the browser keeps it from us (plain http on another host). */
async function digest(blob) {
  const hash = await crypto.subtle?.digest("SHA-256", await blob.arrayBuffer());
  return hash && hex(new Uint8Array(hash)).join("");
}

feature(
  "upload",
  (fields) =>
    ["curl", `-F ${shellQuoted(`note=${fields.note.value}`)}`]
      .concat(Array.from(fields.files.files, (file) => `-F ${shellQuoted(`files=@${file.name}`)}`))
      .concat(`${origin}/api/upload`)
      .join(" "),
  async (fields, show) => {
    const form = new FormData();
    const sent = [new Blob([fields.note.value]), ...fields.files.files];
    form.append("note", fields.note.value);
    for (const file of fields.files.files) {
      form.append("files", file);
    }
    const parts = await (await ask("/api/upload", { method: "POST", body: form })).json();
    const expected = await Promise.all(sent.map(digest));
    const lines = parts.map((part, i) => {
      const title = [part.name, part.fileName].filter(Boolean).join(": ");
      const verdict = { [part.sha256]: "✓ same here", undefined: "" }[expected[i]] ?? "✗ differs";
      return `${title}\n${part.size} bytes  ${verdict}\n${part.sha256}`;
    });
    show(lines.join("\n\n"));
  },
);

// Ranges

const range = (fields) => `${fields.from.value}-${fields.to.value}`;

/** As hexdump shows it, but eight bytes a line, to fit a card. */
function dump(bytes, offset, limit) {
  const lines = [];
  for (let i = 0; i < Math.min(bytes.length, limit); i += 8) {
    const address = (offset + i).toString(16).padStart(6, "0");
    lines.push(`${address}  ${hex(bytes.subarray(i, i + 8)).join(" ")}`);
  }
  return lines.concat(bytes.length > limit ? "…" : []).join("\n");
}

feature(
  "range",
  (fields) => `curl -r ${range(fields)} ${origin}/files/sample.bin | hexdump -C`,
  async (fields, show) => {
    const headers = { Range: `bytes=${range(fields)}` };
    const response = await ask("/files/sample.bin", { headers, cache: "no-store" });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const status = `${response.status}  ${response.headers.get("Content-Range") ?? "the whole file"}`;
    show(`${status}\n${dump(bytes, Number(fields.from.value), 256)}`);
  },
);

// Waiting

feature(
  "slow",
  (fields) => `curl '${origin}/api/slow?ms=${fields.ms.value}'`,
  async (fields, show) => {
    const started = performance.now();
    const times = Math.min(Number(fields.times.value), 5);
    const asks = Array.from({ length: times }, async (_, i) => {
      // The number keeps the browser from waiting for one answer to serve the other from its cache.
      const path = `/api/slow?ms=${fields.ms.value}&n=${i}`;
      const slept = await (await ask(path, { cache: "no-store" })).json();
      return `${seconds(started)} s  slept ${slept.sleptMillis} ms, woken on ${slept.thread}`;
    });
    const lines = await Promise.all(asks);
    show(`${lines.join("\n")}\n${times} waits in ${seconds(started)} s`);
  },
);

// Chat: a WebSocket session, from the first line that is said until the visitor leaves

const chatAddress = `${origin.replace(/^http/, "ws")}/api/chat`;
const leave = $("#chat [data-leave]");
const CHAT_LINES = 8;
let chat;

function joinChat(show) {
  const lines = [];
  const tell = (line) => {
    lines.push(line);
    show(lines.slice(-CHAT_LINES).join("\n"));
  };
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(chatAddress);
    leave.disabled = false;
    leave.onclick = () => socket.close(1000);
    socket.addEventListener("open", () => resolve(socket));
    socket.addEventListener("message", ({ data }) => tell(data));
    socket.addEventListener("close", ({ code }) => {
      chat = undefined;
      leave.disabled = true;
      tell(`the session has ended with ${code}`);
      reject(new Error(`no session: ${code}`));
    });
  });
}

feature(
  "chat",
  () => `npx wscat -c ${chatAddress}`,
  async (fields, show) => {
    const line = fields.text.value;
    fields.text.value = "";
    chat ??= joinChat(show);
    (await chat).send(line);
  },
);

// Who am I

feature(
  "whoami",
  () => `curl ${origin}/api/whoami`,
  async (fields, show) => show(pretty(await (await ask("/api/whoami")).json())),
);

// The clock: server-sent events

const pulse = $("#pulse");
const pulseNote = $("#pulse-note");
const pulseToggle = $("#pulse-toggle");
let events;

function startPulse() {
  events = new EventSource("/api/ticks");
  pulseToggle.textContent = "Stop";
  events.addEventListener("open", () => setPulse("on", "from the server, once a second"));
  events.addEventListener("error", () => setPulse("off", "connection lost; trying again"));
  events.addEventListener("tick", ({ data }) => {
    $("#pulse-time").textContent = new Date(JSON.parse(data).at).toLocaleTimeString();
    delete pulse.dataset.beat;
    requestAnimationFrame(() => requestAnimationFrame(() => (pulse.dataset.beat = "")));
  });
}

function setPulse(state, note) {
  pulse.dataset.state = state;
  pulseNote.textContent = note;
}

pulseToggle.addEventListener("click", () => {
  if (events.readyState === EventSource.CLOSED) {
    startPulse();
    return;
  }
  events.close();
  setPulse("off", "stopped");
  pulseToggle.textContent = "Start";
});

$("[data-origin]").textContent = origin;
startPulse();

// Theme: the system's until the visitor chooses

const themeToggle = $("#theme");
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
const showTheme = () => themeToggle.setAttribute("aria-pressed", String(isDark()));

if (localStorage.getItem("theme")) {
  root.dataset.theme = localStorage.getItem("theme");
}
themeToggle.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  showTheme();
});
systemDark.addEventListener("change", showTheme);
showTheme();
