// Conveniences of the citizens' pages. Every page does its work without them.
(() => {
  "use strict";

  // --- results while one types: the page's own answer, fetched and put in place
  document.querySelectorAll("[data-live]").forEach((field) => {
    let waiting = 0;
    let latest = 0;
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const mine = ++latest;
        const address = `${field.form.action}?${new URLSearchParams({ q: field.value })}`;
        try {
          const answer = await fetch(address, { headers: { Accept: "text/html" } });
          if (!answer.ok || mine !== latest) return;
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const fresh = page.getElementById(field.dataset.live);
          if (fresh) document.getElementById(field.dataset.live).replaceChildren(...fresh.childNodes);
          history.replaceState(null, "", address);
        } catch { /* the form still sends itself */ }
      }, 300);
    });
  });

  // --- places an address may mean, while one types
  const places = document.querySelector("[data-places]");
  const typed = document.getElementById("id_address");
  if (places && typed) {
    let waiting = 0;
    let latest = 0;
    document.querySelectorAll("[data-find]").forEach((button) => button.parentElement.remove());
    typed.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const mine = ++latest;
        try {
          const answer = await fetch(`${places.dataset.places}?${new URLSearchParams({ q: typed.value })}`);
          if (answer.ok && mine === latest) places.innerHTML = await answer.text();
        } catch { /* the address is sent as it was typed */ }
      }, 300);
    });
    places.addEventListener("change", ({ target }) => {
      const district = document.getElementById("id_district");
      if (typed.value.length < target.dataset.name.length) typed.value = target.dataset.name;
      if (!district) return;
      district.value = target.dataset.district;
      district.dispatchEvent(new Event("change"));
    });
  }

  const near = document.querySelector("[data-near]");
  if (near) {
    const told = { lat: document.getElementById("id_lat"), lon: document.getElementById("id_lon") };
    const named = document.getElementById(`id_q_${near.dataset.goesBy}`);
    if (named) told[near.dataset.goesBy] = named;
    let latest = 0;
    const look = async () => {
      const mine = ++latest;
      const said = Object.entries(told).filter(([, field]) => field && field.value).map(([name, field]) => [name, field.value]);
      if (!said.length) { near.replaceChildren(); return; }
      try {
        const answer = await fetch(`${near.dataset.near}&${new URLSearchParams(said)}`);
        if (answer.ok && mine === latest) near.innerHTML = await answer.text();
      } catch { /* only a hint */ }
    };
    near.addEventListener("look", look);
    if (named) named.addEventListener("change", look);
  }

  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });

  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.querySelector("span").textContent = button.dataset.copied;
      });
    });
  }
})();
