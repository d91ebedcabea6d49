// A map of the city's own outlines: no tiles of anybody else. With fields named, a click marks the place.
(() => {
  "use strict";
  function draw(box) {
    if (box.dataset.drawn) return;
    box.dataset.drawn = "yes";
    const picks = box.dataset.latField;
    const map = L.map(box, {
      attributionControl: false, zoomSnap: 0.1, scrollWheelZoom: Boolean(picks), minZoom: 9, maxZoom: 18,
      keyboard: Boolean(picks), dragging: true, zoomControl: true,
    });
    const has = box.dataset.lat !== undefined;
    const place = has ? [Number(box.dataset.lat), Number(box.dataset.lon)] : null;
    if (place) map.setView(place, 12.5);
    let mark = null;
    const put = (at) => {
      if (mark) mark.setLatLng(at);
      else mark = L.circleMarker(at, { radius: 9, className: "map__place", interactive: false }).addTo(map);
      mark.bringToFront();
    };
    fetch(box.dataset.outlines, { credentials: "same-origin" })
      .then((answer) => answer.json())
      .then((outlines) => {
        const layer = L.geoJSON(outlines, {
          style: { className: "map__district" },
          interactive: false,
        }).addTo(map);
        if (!place && layer.getBounds().isValid()) map.fitBounds(layer.getBounds(), { padding: [8, 8] });
        window.namesOnMap(map, outlines.features.map((one) => ({ name: one.properties.name, outline: one.geometry })));
        if (mark) mark.bringToFront();
      })
      .catch(() => {});
    if (place) put(place);
    if (!picks) return;
    const lat = document.getElementById(box.dataset.latField);
    const lon = document.getElementById(box.dataset.lonField);
    map.on("click", (event) => {
      put(event.latlng);
      lat.value = event.latlng.lat.toFixed(6);
      lon.value = event.latlng.lng.toFixed(6);
      lat.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const typed = () => {
      const at = [Number(lat.value), Number(lon.value)];
      if (lat.value && lon.value && at.every(Number.isFinite)) { put(at); map.panTo(at); }
    };
    lat.addEventListener("change", typed);
    lon.addEventListener("change", typed);
    new ResizeObserver(() => map.invalidateSize()).observe(box);
  }

  const drawAll = () => document.querySelectorAll("[data-map]").forEach(draw);
  drawAll();
  document.addEventListener("htmx:afterSwap", () => setTimeout(drawAll, 50));
})();
