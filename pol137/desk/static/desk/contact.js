// The contact desk by keyboard: Enter takes the first one found or goes on, arrows walk what was found.
(() => {
  "use strict";
  const form = document.getElementById("contact");
  if (!form) return;
  const LISTS = { q: "#subjects", place_q: "#places" };
  const NEXT = { q: "words", service: "words", place_q: "address", place: "address" };
  const asked = {};
  const picks = (list) => [...form.querySelectorAll(`${list} input[type=radio]`)];
  const control = (name) => form.querySelector(`[name="${name}"]:not([type=hidden])`);

  // Fields in their order, one stop for each group of radios; buttons, links and closed folds are none.
  function stops() {
    const seen = new Set();
    return [...form.querySelectorAll("input, textarea, select")].filter((one) => {
      if (one.type === "hidden" || one.disabled || one.offsetParent === null || one.closest("details, aside, .known")) return false;
      if (one.type !== "radio") return true;
      if (seen.has(one.name)) return false;
      seen.add(one.name);
      return true;
    });
  }

  function goOn(from) {
    const all = stops();
    const at = all.findIndex((one) => one === from || (one.type === "radio" && one.name === from.name));
    const next = all[at + 1];
    if (next) { next.focus(); if (next.select && next.type !== "radio") next.select(); }
  }

  // Choose what is marked, else the first one found; false when nothing was.
  function take(list) {
    const found = picks(list);
    const chosen = found.find((one) => one.checked) || found[0];
    if (chosen && !chosen.checked) chosen.click();
    return Boolean(chosen);
  }

  form.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const list = LISTS[target.name];
    if (list && event.key === "ArrowDown") {
      const first = picks(list)[0];
      if (first) { event.preventDefault(); first.focus(); if (!first.checked) first.click(); }
      return;
    }
    if (event.key !== "Enter" || target.nodeName === "TEXTAREA" || target.nodeName === "BUTTON" || target.nodeName === "A" || target.nodeName === "SUMMARY") return;
    event.preventDefault();
    const fold = target.closest("details.fold");
    const row = target.closest(".known__row");
    if (row) row.querySelector("[formaction]").click();
    else if (fold) fold.querySelector("button[name=do]").click();
    else if (list && target.value.trim()) {
      if (asked[target.name]) asked[target.name] = "take";
      else if (!take(list)) return;
      control(NEXT[target.name]).focus();
    } else if (NEXT[target.name]) control(NEXT[target.name]).focus();
    else goOn(target);
  });

  // Enter pressed before the list has come: the first one found is taken when it comes.
  form.addEventListener("input", (event) => { if (LISTS[event.target.name]) asked[event.target.name] = "list"; });
  document.addEventListener("htmx:afterSettle", (event) => {
    const source = event.detail.requestConfig && event.detail.requestConfig.elt;
    const name = source && source.name;
    if (!LISTS[name]) return;
    if (document.activeElement === control(name)) [form.querySelector(LISTS[name]), control(name)].forEach((one) => one.scrollIntoView({ block: "nearest" }));
    if (!asked[name]) return;
    const wish = asked[name];
    delete asked[name];
    if (wish === "take") take(LISTS[name]);
  });

  form.addEventListener("change", (event) => {
    const place = event.target.closest("[data-pick=place]");
    if (!place) return;
    const address = control("address");
    if (!address.value.trim() || address.dataset.filled === address.value) {
      address.value = place.dataset.name;
      address.dataset.filled = address.value;
    }
    control("district").value = place.dataset.district;
  }, true);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-fold]");
    if (!opener) return;
    event.preventDefault();
    const fold = document.getElementById(opener.dataset.fold);
    fold.open = true;
    fold.scrollIntoView({ block: "nearest" });
    const first = fold.querySelector("input:checked") || fold.querySelector("input, button");
    if (first) { first.focus(); first.scrollIntoView({ block: "center" }); }
  });

  if (!document.querySelector("[data-first]")) control("q").focus();
})();
