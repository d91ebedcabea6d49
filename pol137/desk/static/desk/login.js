// A demonstration account's name goes into the field; without this script its link does the same.
(() => {
  "use strict";
  const name = document.getElementById("id_username");
  const secret = document.getElementById("id_password");
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-fill]");
    if (!pick) return;
    event.preventDefault();
    name.value = pick.dataset.fill;
    secret.value = "";
    secret.focus();
    secret.scrollIntoView({ block: "center" });
  });
  if (!document.querySelector("[data-first]")) (name.value ? secret : name).focus();
})();
