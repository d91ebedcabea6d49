// What lists and forms of cases do beyond plain HTML: SMS parts, days in words, dialogs, keys. All optional.
(() => {
  "use strict";
  const persian = document.documentElement.lang === "fa";
  const digits = (text) => (persian ? String(text).replace(/\d/g, (digit) => "۰۱۲۳۴۵۶۷۸۹"[digit]) : String(text));
  const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.nodeName);
  const letter = (event) => (/^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key);

  // --- SMS parts, as lib/sms_segments.py counts them
  const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const EXTENDED = new Set("\f^{}\\[~]|€");
  const UNSEEN = /[\u00ad\u0640\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

  const prepared = (text) => text.replace(/\r\n?/g, "\n").replace(UNSEEN, "").split("\n")
    .map((line) => line.replace(/[^\S\n\u00a0]+/g, " ").replace(/^ +| +$/g, "")).join("\n").trim();

  function parts(text) {
    const letters = [...text];
    const plain = letters.every((one) => GSM.has(one) || EXTENDED.has(one));
    const widths = letters.map((one) => (plain ? (EXTENDED.has(one) ? 2 : 1) : one.length));
    const [single, each] = plain ? [160, 153] : [70, 67];
    const units = widths.reduce((sum, width) => sum + width, 0);
    if (units <= single) return units ? 1 : 0;
    let count = 1, filled = 0;
    for (const width of widths) {
      if (filled + width > each) { count += 1; filled = 0; }
      filled += width;
    }
    return count;
  }

  function countSms(area) {
    let line = area.parentElement.querySelector(".sms-count");
    if (!line) {
      line = document.createElement("p");
      line.className = "sms-count";
      area.after(line);
    }
    const most = Number(area.dataset.smsMost);
    const reply = area.form.querySelector("[name=reply]");
    const answer = area.value.trim() || (reply ? reply.value.trim() : "");
    const day = area.form.querySelector("[name=plan_date]");
    const dated = day && !day.closest(".field").hidden;
    const frame = (dated && area.dataset.smsFrameDated) || area.dataset.smsFrame;
    const text = prepared(frame.replace("\ue000", answer));
    const n = parts(text);
    line.classList.toggle("sms-count--over", n > most);
    const words = n > most ? area.dataset.smsOver : area.dataset.smsWords;
    line.textContent = words.replace("{n}", digits(n)).replace("{m}", digits(most));
  }

  // --- a day as it is typed, with its weekday
  function showDay(input) {
    let place = input.parentElement.querySelector(".day-words");
    if (!place) {
      place = document.createElement("output");
      place.className = "day-words";
      place.htmlFor = input.id;
      input.after(place);
    }
    const text = input.value.trim();
    if (text.length < 6) { place.textContent = ""; return; }
    fetch(`/desk/day?text=${encodeURIComponent(text)}`, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((words) => { if (input.value.trim() === text) place.textContent = words.trim(); })
      .catch(() => {});
  }

  // --- fields that belong to some types of answer only
  function showTypes(form) {
    const chosen = form.querySelector("[name=type]:checked");
    form.querySelectorAll("[data-for-types]").forEach((input) => {
      const fits = Boolean(chosen) && input.dataset.forTypes.split(" ").includes(chosen.value);
      input.closest(".field").hidden = !fits;
    });
    form.querySelectorAll("[data-phrase-for]").forEach((line) => {
      line.hidden = Boolean(chosen) && line.dataset.phraseFor !== chosen.value;
    });
  }

  function setUp(root) {
    root.querySelectorAll("input[data-day]").forEach(showDay);
    root.querySelectorAll("[data-phrase]").forEach((button) => { button.hidden = false; });
    root.querySelectorAll("form").forEach((form) => { if (form.querySelector("[data-for-types]")) showTypes(form); });
    root.querySelectorAll("textarea[data-sms-frame]").forEach(countSms);
    const all = root.querySelector("[data-tick-all-box]");
    if (all) all.hidden = false;
    countTicks();
  }

  document.addEventListener("input", (event) => {
    const target = event.target;
    if (!target.form) return;
    target.form.dataset.touched = "yes";
    const area = target.form.querySelector("textarea[data-sms-frame]");
    if (area && (target === area || target.name === "reply")) countSms(area);
    if (target.matches("input[data-day]")) {
      clearTimeout(target.waiting);
      target.waiting = setTimeout(() => showDay(target), 350);
    }
    if (target.name === "type") {
      showTypes(target.form);
      if (area) countSms(area);
    }
  });

  document.addEventListener("click", (event) => {
    const phrase = event.target.closest("[data-phrase]");
    if (!phrase) return;
    const area = document.getElementById(phrase.dataset.phrase);
    const words = phrase.parentElement.querySelector("span").textContent;
    area.value = `${area.value.trim()} ${words}`.trim();
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });

  // --- ticking rows
  function countTicks() {
    const ticks = [...document.querySelectorAll("[data-tick]")];
    const place = document.querySelector("[data-ticked]");
    if (!place) return;
    const n = ticks.filter((tick) => tick.checked).length;
    place.textContent = n ? digits(n) : "";
    const all = document.querySelector("[data-tick-all]");
    all.checked = n > 0 && n === ticks.length;
    all.indeterminate = n > 0 && n < ticks.length;
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) {
      document.querySelectorAll("[data-tick]").forEach((tick) => { tick.checked = event.target.checked; });
    }
    if (event.target.matches("[data-tick], [data-tick-all]")) countTicks();
  });

  // --- dialogs of steps: what was begun and not sent is still there when one comes back
  const box = document.getElementById("step-dialog");
  const pathOf = (url) => new URL(url, location.href).pathname;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const target = event.detail.target;
    if (!box || !box.contains(target) || event.detail.requestConfig.verb !== "get") return;
    const form = target.querySelector("form");
    const same = form && form.dataset.touched && pathOf(form.action) === pathOf(event.detail.requestConfig.path);
    if (same) { event.preventDefault(); return; }
    target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (box && box.contains(target)) {
      target.removeAttribute("aria-busy");
      const form = target.querySelector("form");
      if (form && form.dataset.stepTitle) box.querySelector(".dialog__head h2").textContent = form.dataset.stepTitle;
      const wrong = target.querySelector("[data-first]");
      const field = target.querySelector("input:not([type=hidden]), textarea, select, button[type=submit]");
      (wrong || field || box).focus();
    }
    setUp(document);
    const done = document.querySelector("[data-done]:not([data-seen])");
    if (done) { done.dataset.seen = "yes"; goOn(done); }
    const refused = document.querySelector("[data-card] [data-first]");
    if (refused) refused.focus();
  });
  document.addEventListener("htmx:responseError", () => {
    if (box && box.open && !box.querySelector("form")) box.close();
  });

  // --- approving by keys: a and r act on the card one stands at, else on the first
  const cards = () => [...document.querySelectorAll("[data-card]")];
  const cardHere = () => {
    const here = document.activeElement && document.activeElement.closest("[data-card]");
    return here || cards()[0];
  };
  function goOn(done) {
    let next = done.nextElementSibling;
    while (next && !next.matches("[data-card]")) next = next.nextElementSibling;
    const link = (next || cards()[0] || done).querySelector("a");
    if (link) { link.focus(); link.scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = letter(event);
    if (key === "x") {
      const row = document.activeElement.closest("[data-row]");
      const tick = row && row.querySelector("[data-tick]");
      if (tick) { tick.checked = !tick.checked; countTicks(); event.preventDefault(); }
      return;
    }
    if (!document.querySelector("[data-cards]") || (key !== "a" && key !== "r") || going(event)) return;
    const card = cardHere();
    if (!card) return;
    if (key === "a") {
      const form = card.querySelector("[data-approve]");
      if (form) form.requestSubmit();
    } else {
      const fold = card.querySelector("[data-return]");
      if (fold) { fold.open = true; fold.querySelector("textarea").focus(); }
    }
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // After g a letter names a place, not a step.
  let wentAt = 0;
  function going(event) { return event.timeStamp - wentAt < 1500; }
  document.addEventListener("keydown", (event) => {
    if (!typing(event.target) && letter(event) === "g") wentAt = event.timeStamp;
  }, true);

  setUp(document);
})();
