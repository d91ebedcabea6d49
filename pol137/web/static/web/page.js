// What every page does beyond plain HTML: theme, dialogs, ticking clocks, announcements. All of it optional.
(() => {
  "use strict";
  const root = document.documentElement;
  const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";

  const digits = (text, language) =>
    language === "fa" ? String(text).replace(/\d/g, (digit) => PERSIAN[digit]) : String(text);

  // --- light and dark, remembered in a cookie that the server reads
  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  function showTheme(button) {
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, dark() ? "#sun" : "#moon"));
    button.setAttribute("aria-pressed", String(dark()));
  }

  function setUpTheme() {
    document.querySelectorAll("[data-theme-switch]").forEach((button) => {
      button.hidden = false;
      showTheme(button);
      button.addEventListener("click", () => {
        root.dataset.theme = dark() ? "light" : "dark";
        document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
        document.querySelectorAll("[data-theme-switch]").forEach(showTheme);
      });
    });
  }

  // --- clocks: the server's time, the page's seconds
  const wordsOf = document.getElementById("clock-words");
  const words = wordsOf && JSON.parse(wordsOf.textContent);
  const offset = words ? Date.parse(words.now) - Date.now() : 0;
  const UNITS = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

  function lengthInWords(seconds) {
    let rest = Math.floor(Math.abs(seconds));
    const amounts = UNITS.map(([, size]) => { const n = Math.floor(rest / size); rest -= n * size; return n; });
    let first = amounts.findIndex((n) => n > 0);
    if (first < 0) first = UNITS.length - 1;
    return [first, first + 1]
      .filter((place) => place < UNITS.length && (amounts[place] || place === first))
      .map((place) => `${digits(amounts[place], words.language)} ${words.units[UNITS[place][0]][amounts[place] === 1 ? 0 : 1]}`)
      .join(words.joint);
  }

  function tick() {
    const now = Date.now() + offset;
    document.querySelectorAll("[data-clock]").forEach((clock) => {
      const due = Date.parse(clock.dateTime);
      const left = (due - now) / 1000;
      const state = left <= 0 ? "late" : now >= Date.parse(clock.dataset.soon) ? "soon" : "calm";
      if (!clock.classList.contains(`clock--${state}`)) {
        clock.classList.remove("clock--calm", "clock--soon", "clock--late");
        clock.classList.add(`clock--${state}`);
        const icon = { calm: "clock", soon: "hourglass", late: "alert" }[state];
        clock.querySelector("use").setAttribute("href", `${words.icons}#${icon}`);
      }
      const text = (left > 0 ? words.left : words.late).replace("%s", lengthInWords(left));
      const shown = clock.querySelector(".clock__words");
      if (shown.textContent !== text) shown.textContent = text;
    });
  }

  // --- announcements
  function toast(text, tone) {
    const place = document.getElementById("toasts");
    if (!place) return;
    const box = document.createElement("div");
    box.className = `toast toast--${tone || "info"}`;
    const line = document.createElement("p");
    line.textContent = text;
    box.append(line);
    place.replaceChildren(box);
    setTimeout(() => box.remove(), 8000);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const box = document.getElementById(opener.dataset.open);
      if (box && box.showModal) { event.preventDefault(); box.showModal(); }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) { closer.closest("dialog").close(); return; }
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) { dismiss.parentElement.remove(); return; }
    if (event.target.nodeName === "DIALOG") event.target.close();
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // A form is sent once: further presses of its button do nothing until the answer is there.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      form.dataset.sent = "yes";
      form.setAttribute("aria-busy", "true");
    }
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }));

  document.addEventListener("htmx:sendError", () => toast(document.body.dataset.lost, "error"));
  document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed, "error"));
  document.addEventListener("toast", (event) => toast(event.detail.value || event.detail, event.detail.tone));

  setUpTheme();
  if (words) { tick(); setInterval(tick, 1000); document.addEventListener("htmx:afterSwap", tick); }
  const wrong = document.querySelector("[data-first]");
  if (wrong) wrong.focus();
})();
