// A map without foreign pictures: the city's own outlines and places, a pin to put, a spot to show.
(() => {
  "use strict";
  const CLOSE = 15;
  const NAMES_FROM = 13.5;
  const NARROW = 400;

  const pinIcon = (icons) => L.divIcon({
    className: "map__pin",
    html: `<svg aria-hidden="true"><use href="${icons}#pin"></use></svg>`,
    iconSize: [36, 36],
    iconAnchor: [18, 33],
  });

  function draw(box, data, words) {
    const map = L.map(box, { attributionControl: false, zoomControl: false, minZoom: 9, maxZoom: 18, zoomSnap: 0.1, zoomAnimation: false, fadeAnimation: false });
    L.control.zoom({ position: "bottomright", zoomInTitle: words.zoomIn || "+", zoomOutTitle: words.zoomOut || "−" }).addTo(map);
    const layers = {};
    data.districts.forEach((district) => {
      layers[district.code] = L.geoJSON(district.outline, { style: { className: "map__district" } });
    });
    const all = Object.values(layers).reduce((bounds, layer) => bounds.extend(layer.getBounds()), L.latLngBounds([]));
    map.fitBounds(all, { paddingTopLeft: [8, 8], paddingBottomRight: [box.clientWidth < NARROW ? 52 : 8, 8] });
    Object.values(layers).forEach((layer) => layer.addTo(map));
    const tips = data.places.map((place) => {
      const dot = L.circleMarker([place.lat, place.lon], { radius: 3, className: "map__landmark", interactive: false });
      dot.bindTooltip(document.createTextNode(place.name), { permanent: true, direction: "top", className: "map__name map__name--place", offset: [0, -2] }).addTo(map);
      return dot.getTooltip();
    });
    const seen = () => box.classList.toggle("map--far", map.getZoom() < NAMES_FROM);
    map.on("zoomend", seen);
    seen();
    window.namesOnMap(map, data.districts, tips);
    return { map, layers };
  }

  function inRing(ring, lat, lon) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [x1, y1] = ring[j];
      const [x2, y2] = ring[i];
      if ((y1 > lat) !== (y2 > lat) && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
    }
    return inside;
  }

  function districtAt(data, lat, lon) {
    const found = data.districts.find(({ outline }) => {
      const polygons = outline.type === "Polygon" ? [outline.coordinates] : outline.coordinates;
      return polygons.flat().reduce((odd, ring) => odd !== inRing(ring, lat, lon), false);
    });
    return found ? found.code : "";
  }

  async function setUpChoice(place) {
    const data = await (await fetch(place.dataset.map)).json();
    place.hidden = false;
    const { map, layers } = draw(place.querySelector("#map"), data, place.dataset);
    const lat = document.getElementById("id_lat");
    const lon = document.getElementById("id_lon");
    const district = document.getElementById("id_district");
    const says = place.querySelector("[data-map-says]");
    const unpin = place.querySelector("[data-unpin]");
    const icon = pinIcon(place.dataset.icons);
    let marker = null;
    let chosenByHand = Boolean(district && district.value);

    function light() {
      Object.entries(layers).forEach(([code, layer]) => layer.eachLayer((one) => {
        const path = one.getElement();
        if (path) path.classList.toggle("map__district--here", Boolean(district) && code === district.value);
      }));
    }

    const lookNear = () => document.getElementById("near").dispatchEvent(new Event("look"));

    function pin(at) {
      lat.value = at.lat.toFixed(6);
      lon.value = at.lng.toFixed(6);
      if (marker) marker.setLatLng(at);
      else {
        marker = L.marker(at, { icon, draggable: true, keyboard: false, alt: "" }).addTo(map);
        marker.on("dragend", () => pin(marker.getLatLng()));
      }
      const code = districtAt(data, at.lat, at.lng);
      if (district && !chosenByHand) district.value = code;
      says.textContent = code ? place.dataset.pinned : place.dataset.outside;
      unpin.hidden = false;
      light();
      lookNear();
    }

    map.on("click", (event) => pin(event.latlng));
    if (district) district.addEventListener("change", () => { chosenByHand = Boolean(district.value); light(); });
    place.querySelector("[data-centre]").addEventListener("click", () => pin(map.getCenter()));
    unpin.addEventListener("click", () => {
      lat.value = lon.value = "";
      if (marker) marker.remove();
      marker = null;
      unpin.hidden = true;
      says.textContent = "";
      lookNear();
      place.querySelector("[data-centre]").focus();
    });
    place.querySelector("[data-locate]").addEventListener("click", () => {
      const lost = () => { says.textContent = place.dataset.notFound; };
      if (!navigator.geolocation) { lost(); return; }
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        const at = L.latLng(coords.latitude, coords.longitude);
        map.setView(at, CLOSE + 1);
        pin(at);
      }, lost, { enableHighAccuracy: true, timeout: 10000 });
    });
    const search = place.querySelector("#landmark");
    const names = place.querySelector("#landmarks");
    names.append(...data.places.map(({ name }) => Object.assign(document.createElement("option"), { value: name })));
    search.addEventListener("change", () => {
      const found = data.places.find(({ name }) => name === search.value.trim());
      if (found) map.setView([found.lat, found.lon], CLOSE);
    });
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); search.dispatchEvent(new Event("change")); } });
    if (!data.places.length) search.parentElement.hidden = true;
    if (lat.value && lon.value) {
      const at = L.latLng(Number(lat.value), Number(lon.value));
      if (Number.isFinite(at.lat)) { map.setView(at, CLOSE); pin(at); }
    }
    light();
  }

  async function setUpSpot(spot) {
    const data = await (await fetch(spot.dataset.spot)).json();
    if (!data.districts.length) return;
    spot.hidden = false;
    const { map } = draw(spot.querySelector("#map"), data, {});
    const at = [Number(spot.dataset.lat), Number(spot.dataset.lon)];
    if ("rough" in spot.dataset) L.circle(at, { radius: 70, className: "map__square", interactive: false }).addTo(map);
    else L.marker(at, { icon: pinIcon(spot.dataset.icons), interactive: false, keyboard: false, alt: "" }).addTo(map);
    map.setView(at, CLOSE);
  }

  const place = document.querySelector("[data-map]");
  if (place) setUpChoice(place);
  const spot = document.querySelector("[data-spot]");
  if (spot) setUpSpot(spot);
})();
