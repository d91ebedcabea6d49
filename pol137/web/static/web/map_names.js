// Names on a map that never lie over one another. Districts are named at their roomiest inner spot: in full where
// all in view have room, else each by what tells it from the others («منطقه ۷» becomes «۷»). Places give way to them.
// Expects Leaflet.
window.namesOnMap = (() => {
  "use strict";
  const GRID = 16;
  const WIDE = 0.6; // names are wider than high: room to the sides counts for less than room above and below

  const rings = (outline) => (outline.type === "Polygon" ? [outline.coordinates] : outline.coordinates).map((polygon) => polygon[0]);

  function clearance(ring, x, y, squeeze) {
    let inside = false;
    let least = Infinity;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [x1, y1] = ring[j];
      const [x2, y2] = ring[i];
      if ((y1 > y) !== (y2 > y) && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
      const [dx, dy, px, py] = [(x2 - x1) * squeeze, y2 - y1, (x - x1) * squeeze, y - y1];
      const along = Math.max(0, Math.min(1, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
      least = Math.min(least, Math.hypot(px - along * dx, py - along * dy));
    }
    return inside ? least : -least;
  }

  function roomiest(outline) {
    let best = { room: -Infinity };
    rings(outline).forEach((ring) => {
      const box = L.latLngBounds(ring.map(([x, y]) => [y, x]));
      const squeeze = Math.cos((box.getCenter().lat * Math.PI) / 180) * WIDE;
      for (let i = 1; i < GRID; i++) {
        for (let j = 1; j < GRID; j++) {
          const x = box.getWest() + ((box.getEast() - box.getWest()) * i) / GRID;
          const y = box.getSouth() + ((box.getNorth() - box.getSouth()) * j) / GRID;
          const room = clearance(ring, x, y, squeeze);
          if (room > best.room) best = { room, at: L.latLng(y, x), box };
        }
      }
    });
    return best;
  }

  // What all names begin with, in whole words: «منطقه ».
  function beginning(names) {
    const words = names.map((name) => name.split(" "));
    const many = Math.min(...words.map((one) => one.length)) - 1;
    let same = 0;
    while (names.length > 1 && same < many && words.every((one) => one[same] === words[0][same])) same += 1;
    return same;
  }

  const touch = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  // Of names that would lie over one another the first stays; the others wait until one comes nearer.
  function leaveRoom(elements) {
    const taken = [];
    elements.forEach((element) => {
      const own = element.getBoundingClientRect();
      const free = !taken.some((one) => touch(own, one));
      element.style.visibility = free ? "" : "hidden";
      if (free) taken.push(own);
    });
  }

  return (map, districts, places = []) => {
    const skipped = beginning(districts.map(({ name }) => name));
    const named = districts.map(({ name, outline }) => {
      const { room, at, box } = roomiest(outline);
      const tip = L.tooltip({ permanent: true, direction: "center", className: "map__name" }).setLatLng(at);
      const say = (words) => tip.setContent(document.createTextNode(words));
      say(name);
      map.addLayer(tip);
      return { room, at, box, say, element: tip.getElement(), full: name, short: name.split(" ").slice(skipped).join(" ") };
    }).sort((one, other) => other.room - one.room);

    const widthOf = (box) => map.latLngToLayerPoint(box.getNorthEast()).x - map.latLngToLayerPoint(box.getSouthWest()).x;

    function arrange() {
      const view = map.getBounds();
      const seen = named.filter(({ at }) => view.contains(at));
      named.forEach((one) => one.say(one.full));
      const boxes = seen.map(({ element }) => element.getBoundingClientRect());
      const crowded = seen.some(({ box }, i) => boxes[i].width > widthOf(box) || boxes.slice(i + 1).some((other) => touch(boxes[i], other)));
      if (crowded) named.forEach((one) => one.say(one.short));
      const near = places.filter((tip) => view.contains(tip.getLatLng()) && tip.getElement().offsetParent);
      leaveRoom([...seen.map(({ element }) => element), ...near.map((tip) => tip.getElement())]);
    }

    map.on("moveend resize", arrange);
    arrange();
  };
})();
