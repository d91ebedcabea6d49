// The keyboard of the desk: / searches, ? lists the keys, g and a letter goes, j and k walk the rows.
(() => {
  "use strict";
  let going = 0;

  // Inside `data-keys` letters are keys even on a choice; everywhere else a field has its letters to itself.
  const typing = (target) =>
    target.isContentEditable ||
    (/^(INPUT|TEXTAREA|SELECT)$/.test(target.nodeName) && !(target.type === "radio" && target.closest("[data-keys]")));

  // A Persian keyboard gives Persian letters and digits: the key's place decides, not its sign.
  const letter = (event) => (/^(Key[A-Z]|Digit[0-9])$/.test(event.code) ? event.code.slice(-1).toLowerCase() : event.key);

  function walk(step) {
    const links = [...document.querySelectorAll("[data-row] a.line__link, tr[data-row] a")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const found = [...document.querySelectorAll("[data-key]")].find(
      (one) => one.dataset.key === key && one.offsetParent !== null && !one.disabled,
    );
    if (found) found.click();
    return Boolean(found);
  }

  // On a telephone the menu is one row: the place one is at stands in its middle.
  const here = document.querySelector(".side__link[aria-current]");
  if (here) {
    const menu = here.closest(".side__nav");
    const [own, all] = [here.getBoundingClientRect(), menu.getBoundingClientRect()];
    menu.scrollBy(own.left + own.width / 2 - all.left - all.width / 2, own.top + own.height / 2 - all.top - all.height / 2);
  }

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && target.form) {
      event.preventDefault();
      target.form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && typing(target)) { target.blur(); return; }
    if (typing(target) || document.querySelector("dialog[open]")) return;

    const key = letter(event);
    if (going && Date.now() - going < 1500) {
      going = 0;
      const place = [...document.querySelectorAll("[data-go]")].find((link) => link.dataset.go === key);
      if (place) { event.preventDefault(); place.click(); }
      return;
    }
    if (event.code === "Slash" && event.shiftKey || event.key === "?" || event.key === "؟") {
      event.preventDefault();
      document.getElementById("keys").showModal();
    } else if (event.code === "Slash" || event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (key === "g") {
      going = Date.now();
    } else if (key === "j" || key === "k") {
      walk(key === "j" ? 1 : -1);
    } else if (!event.shiftKey && press(key)) {
      event.preventDefault();
    }
  });
})();
