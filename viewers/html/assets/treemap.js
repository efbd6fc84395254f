'use strict';
/* A tree as areas: what a node holds lies in it, as large as its part of it (squarified treemap: Bruls, Huizing, van Wijk, 2000).
 * Two levels are drawn at a time, and as many cells as can be seen; what is too small is one cell, into which one can go.
 *
 *	new Treemap({ label, color(node), describe(node), onmove(path) })
 * A node: { name, size, kids (or null), up: the node that it lies in }. color: a CSS colour. describe: its name, size and the like
 * in words. onmove: another node is shown. Then .node, .set(root), .go(node), .path(). */
class Treemap {
	static SIDE_PX = 7;             // the least side of a cell
	static HEAD_PX = 19;            // the name over what lies in a cell
	static GAP_PX = 2;

	constructor({ label, color, describe, onmove }) {
		Object.assign(this, { color, describe, onmove, cells: [], at: null, chosen: null });
		this.box = page.el('div', { class: 'treemap', role: 'group', 'aria-label': label });
		this.crumbs = page.el('nav', { class: 'crumbs', 'aria-label': 'Where this is' });
		this.says = page.el('p', { class: 'note says', role: 'status' }, '\u00a0');
		this.node = page.el('div', {}, this.crumbs, this.box, this.says);
		const cellOf = event => { const div = event.target.closest('.cell'); return div && this.cells[div.dataset.i]; };
		this.box.addEventListener('click', event => { const cell = cellOf(event); if (cell) this.enter(cell.node); });
		this.box.addEventListener('pointermove', event => {
			const cell = cellOf(event);
			page.tip(event.clientX, event.clientY, cell && this.describe(cell.node).map((line, i) => i ? [page.el('br'), page.visible(line)] : page.el('b', {}, line)));
		});
		this.box.addEventListener('pointerleave', () => page.tip(0, 0, null));
		this.box.addEventListener('focusin', event => { const cell = cellOf(event); if (cell) this.says.textContent = page.visible(this.describe(cell.node).join(' \u00b7 ')); });
		this.box.addEventListener('keydown', event => this.key(event));
		new ResizeObserver(() => { if (this.at && this.box.clientWidth !== this.width) this.draw(); }).observe(this.box);
	}

	set(root) {
		this.root = root;
		this.chosen = null;
		this.go(root);
	}
	path() {
		const path = [];
		for (let node = this.at; node; node = node.up)
			path.unshift(node);
		return path;
	}
	/* Shows what lies in a node; a leaf in what it lies in, and marked. A root in which nothing lies is empty. */
	go(node) {
		this.chosen = node.kids ? null : node;
		this.at = node.kids ? node : node.up || node;
		this.draw();
		this.onmove(this.path());
	}
	/* By hand: what has the focus stays within the picture. */
	enter(node) {
		const before = this.at;
		this.go(node);
		page.tip(0, 0, null);
		const cell = this.cells.find(c => c.node === (node.kids ? before : node)) || this.cells[0];
		if (cell)
			this.focus(cell);
		page.say(this.describe(node).join(', '));
	}

	/* ---- areas ---- */

	/* Rectangles for nodes, largest first, whose sizes fill rect: [{ node, x, y, w, h }]. Those too small for a cell are one. */
	static divide(nodes, rect) {
		const total = nodes.reduce((sum, node) => sum + node.size, 0), cells = [];
		const scale = rect.w * rect.h / total, least = Treemap.SIDE_PX * Treemap.SIDE_PX;
		let n = nodes.length;
		while (n > 0 && nodes[n - 1].size * scale < least)
			n--;
		if (n === 0 && scale * total > 40000)           // all are alike, and so many: some of them at a time
			n = Math.min(nodes.length, Math.floor(scale * total / least / 2));
		if (nodes.length - n > 1) {
			const kids = nodes.slice(n);
			const size = kids.reduce((sum, node) => sum + node.size, 0);
			nodes = nodes.slice(0, n);
			if (size * scale >= 1)
				nodes.push({ name: kids.length + ' smaller', size, kids, rest: true, up: kids[0].up, like: kids[0] });
		}
		let { x, y, w, h } = rect;
		for (let i = 0; i < nodes.length;) {
			const side = Math.min(w, h);
			let sum = 0, worst = Infinity, end = i;
			for (; end < nodes.length; end++) {
				const more = (sum + nodes[end].size) * scale, first = nodes[i].size * scale, last = nodes[end].size * scale;
				const ratio = Math.max(side * side * first / (more * more), more * more / (side * side * last));
				if (ratio > worst)
					break;
				worst = ratio;
				sum += nodes[end].size;
			}
			const thick = side > 0 ? sum * scale / side : 0;
			for (let k = i, along = 0; k < end; k++) {
				const long = sum ? side * nodes[k].size / sum : 0;
				cells.push(w >= h ? { node: nodes[k], x, y: y + along, w: thick, h: long } : { node: nodes[k], x: x + along, y, w: long, h: thick });
				along += long;
			}
			if (w >= h) {
				x += thick;
				w -= thick;
			} else {
				y += thick;
				h -= thick;
			}
			i = end;
		}
		return cells;
	}

	draw() {
		const W = this.width = this.box.clientWidth || 800, H = this.box.clientHeight || 480;
		const px = Treemap, add = (cell, depth) => {
			const { node } = cell, i = this.cells.length, open = node.kids && depth === 0 && cell.w > 44 && cell.h > px.HEAD_PX + 18;
			this.cells.push({ ...cell, depth });
			const named = cell.w > 34 && cell.h > 15;
			divs.push(page.el('div', {
				class: ['cell', depth ? 'inner' : 'outer', open ? 'open' : '', node.kids ? 'in' : '', node.rest ? 'rest' : '', node === this.chosen ? 'chosen' : ''].join(' '),
				role: 'button', tabindex: -1, 'data-i': i, 'data-size': node.size, 'aria-label': this.describe(node).join(', '),
				style: { left: 100 * cell.x / W + '%', top: 100 * cell.y / H + '%', width: 100 * cell.w / W + '%', height: 100 * cell.h / H + '%',
					'--c': this.color(node.like || node), '--lines': Math.max(1, Math.floor((cell.h - 4) / 14.5)) },
			}, named ? page.el('span', { 'aria-hidden': 'true' }, page.visible(node.name)) : null, ' ',
			named && cell.w > 120 && cell.h > 16 ? page.el('span', { class: 'size', 'aria-hidden': 'true' }, page.human(node.size)) : null));
			if (open)
				for (const kid of px.divide(node.kids, { x: cell.x + px.GAP_PX, y: cell.y + px.HEAD_PX,
					w: cell.w - 2 * px.GAP_PX, h: cell.h - px.HEAD_PX - px.GAP_PX }))
					add(kid, depth + 1);
		};
		const divs = [];
		this.cells = [];
		if (this.at.kids && this.at.size > 0)
			for (const cell of px.divide(this.at.kids, { x: 0, y: 0, w: W, h: H }))
				add(cell, 0);
		this.box.replaceChildren(...divs.length ? divs : [page.el('p', { class: 'note' }, 'Nothing is there.')]);
		const first = this.cells.find(cell => cell.node === this.chosen) || this.cells[0];
		if (first)
			this.box.children[this.cells.indexOf(first)].tabIndex = 0;
		this.crumbs.replaceChildren(...this.path().map((node, i, path) => i === path.length - 1 ?
			page.el('span', { 'aria-current': 'location' }, page.el('b', {}, node.name), ' ' + page.human(node.size)) :
			[page.el('button', { type: 'button', onclick: () => this.enter(node) }, node.name), page.el('span', { class: 'faint' }, ' \u203a ')]).flat());
	}

	/* ---- hands ---- */

	focus(cell) {
		for (const other of this.box.querySelectorAll('[tabindex="0"]'))
			other.tabIndex = -1;
		const div = this.box.children[this.cells.indexOf(cell)];
		div.tabIndex = 0;
		div.focus({ preventScroll: true });
		div.scrollIntoView({ block: 'nearest' });
	}
	/* The nearest cell of the same level whose middle lies that way. */
	beside(from, dx, dy) {
		let best = null, least = Infinity;
		const mid = c => [c.x + c.w / 2, c.y + c.h / 2], [x, y] = mid(from);
		for (const cell of this.cells) {
			const [cx, cy] = mid(cell), along = (cx - x) * dx + (cy - y) * dy, across = Math.abs((cx - x) * dy) + Math.abs((cy - y) * dx);
			const distance = along + 2 * Math.max(0, across - (dx ? from.h : from.w) / 2);
			if (cell !== from && cell.depth === from.depth && along > .5 && distance < least) {
				least = distance;
				best = cell;
			}
		}
		return best;
	}
	key(event) {
		const div = event.target.closest('.cell'), cell = div && this.cells[div.dataset.i];
		const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], h: [-1, 0], l: [1, 0], k: [0, -1], j: [0, 1] };
		if (!cell || event.ctrlKey || event.altKey || event.metaKey)
			return;
		if (arrows[event.key]) {
			const to = this.beside(cell, ...arrows[event.key]);
			if (to)
				this.focus(to);
		} else if (event.key === 'Home' || event.key === 'End') {
			const level = this.cells.filter(c => c.depth === cell.depth);
			this.focus(level[event.key === 'Home' ? 0 : level.length - 1]);
		} else if (event.key === 'Enter' || event.key === ' ') {
			this.enter(cell.node);
		} else if (event.key === 'Backspace' || event.key === 'Escape') {
			if (this.at.up)
				this.enter(this.at.up);
		} else {
			return;
		}
		event.preventDefault();
	}
}
