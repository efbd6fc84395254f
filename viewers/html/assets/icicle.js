'use strict';
/* The tree of a graph as a picture: below each object lies what it holds, each as wide as what it retains; what is left is its own.
 * Only what can be seen is drawn: siblings that are too narrow are one hatched area, and a click on it shows some of them.
 *
 *	new Icicle({ graph, label, color(i), describe(i), onchoose(i) })
 * color: a custom property of the styles. describe: lines of text. onchoose: an object was clicked. And where it is not of objects:
 * note(i), after a name; human(n) and exact(n), sizes as text; rows: [least, most]; above: rows of those that hold what is shown;
 * isFaint(i). Then .node, .renew() when the graph was folded anew, or is another one, .show(i): marks an object, and moves to where it
 * can be seen. With .isFlame what is held lies above. */
class Icicle {
	static ROW_PX = 26;
	static SIDE_PX = 3;             // the least width of an object
	static ROWS = [6, 11];
	static ABOVE = 2;               // rows of those that hold what is shown
	static MOVE_MS = 220;

	constructor({ graph, label, color, describe, onchoose, note = i => this.graph.what(i), human = page.human, exact = n => page.number(n) + ' B',
		rows = Icicle.ROWS, above = Icicle.ABOVE, isFaint = () => false }) {
		Object.assign(this, { graph, color, describe, onchoose, note, human, exact, mostRows: rows[1], leastRows: rows[0], above, isFaint });
		Object.assign(this, { cells: [], marked: -1, cursor: graph.LIVE, rows: 0, moving: 0, isFlame: false });
		this.canvas = page.el('canvas', { tabindex: 0, role: 'img', 'aria-label': label + '. Arrow keys: to another object. Enter: into it. Backspace: out again.' });
		this.box = page.el('div', { class: 'icicle' }, this.canvas);
		this.crumbs = page.el('nav', { class: 'crumbs', 'aria-label': 'Where this is' });
		this.says = page.el('p', { class: 'note says', role: 'status' }, '\u00a0');
		this.node = page.el('div', {}, this.crumbs, this.box, this.says);
		const cellOf = event => { const b = this.canvas.getBoundingClientRect(); return this.cellAt(event.clientX - b.left, event.clientY - b.top); };
		this.canvas.addEventListener('click', event => {
			const cell = cellOf(event);
			if (cell)
				this.click(cell, event.clientX - this.canvas.getBoundingClientRect().left);
		});
		this.canvas.addEventListener('pointermove', event => {
			const cell = cellOf(event);
			this.canvas.style.cursor = cell ? 'pointer' : '';
			this.hover(cell);
			page.tip(event.clientX, event.clientY, cell && this.lines(cell).map((line, i) => i ? [page.el('br'), page.visible(line)] : page.el('b', {}, line)));
		});
		this.canvas.addEventListener('pointerleave', () => { this.hover(null); page.tip(0, 0, null); });
		this.canvas.addEventListener('wheel', event => this.wheel(event), { passive: false });
		this.canvas.addEventListener('keydown', event => this.key(event));
		this.canvas.addEventListener('focus', () => { this.isFocused = true; this.tell(); this.draw(); });
		this.canvas.addEventListener('blur', () => { this.isFocused = false; this.draw(); });
		document.addEventListener('themechange', () => this.draw());
		page.onWidth(this.box, () => this.draw());
		this.renew();
	}

	renew() {
		const { graph } = this;
		this.focus = graph.LIVE;
		this.from = this.seenFrom = 0;
		this.to = this.seenTo = graph.size[graph.LIVE] || 1;
		this.cursor = graph.LIVE;
		this.sortsOf = new Map();
		this.crumbsOf = null;            // names may be as before, and sizes others
		this.draw();
	}

	/* ---- where it is ---- */

	/* The range of bytes that is shown, from now on or after a short move; of, if it is all of that. */
	view(from, to, isAtOnce, of) {
		const { graph } = this, all = graph.size[graph.LIVE] || 1;
		this.from = Math.max(0, from);
		this.to = Math.min(all, Math.max(to, from + 1));
		this.focus = of === undefined ? graph.LIVE : of;
		for (let down = of === undefined; down;) {          // the innermost that has all of it
			const kids = graph.kids(this.focus), k = this.kidAt(kids, this.from);
			down = k < kids.length && graph.start[kids[k]] <= this.from && this.to <= graph.start[kids[k]] + graph.size[kids[k]];
			if (down)
				this.focus = kids[k];
		}
		cancelAnimationFrame(this.moving);
		const began = performance.now(), a = this.seenFrom, b = this.seenTo;
		const frame = now => {
			const part = isAtOnce ? 1 : Math.max(0, Math.min(1, (now - began) / Icicle.MOVE_MS)), ease = 1 - (1 - part) ** 3;
			this.seenFrom = a + (this.from - a) * ease;
			this.seenTo = b + (this.to - b) * ease;
			this.draw();
			if (part < 1)
				this.moving = requestAnimationFrame(frame);
		};
		isAtOnce = isAtOnce || matchMedia('(prefers-reduced-motion: reduce)').matches;
		frame(began);
	}
	go(i) {
		this.graph.chain(i);
		this.view(this.graph.start[i], this.graph.start[i] + this.graph.size[i], false, i);
	}
	/* Some of those that are too narrow, around a byte. */
	near(at, size) {
		const half = size * (this.width || 800) / Icicle.SIDE_PX / 8;
		this.view(at - half, at + half);
	}
	/* To where an object is wide enough to be seen. */
	reach(i) {
		const { graph } = this, chain = graph.chain(i), px = (this.width || 800) / (this.to - this.from);
		const start = graph.start[i], size = graph.size[i], isIn = this.from <= start && start + size <= this.to;
		const row = chain.length - 1 - this.skip();
		if (isIn && size * px >= Icicle.SIDE_PX && row >= 0 && row < this.rows)
			this.draw();
		else if (graph.up[i] < 0 || size / graph.size[graph.up[i]] * (this.width || 800) >= Icicle.SIDE_PX)
			this.go(graph.up[i] < 0 ? i : graph.up[i]);
		else
			this.near(start + size / 2, size);
	}
	show(i) {
		const { graph } = this;
		this.marked = i;
		if (i !== graph.COLLECTABLE && graph.chain(i)[0] === graph.LIVE) {
			this.cursor = i;
			this.reach(i);
		} else {
			this.draw();
		}
	}
	/* How many of those that hold what is shown have no row. */
	skip() {
		return Math.max(0, this.graph.chain(this.focus).length - 1 - this.above);
	}
	/* The first of these siblings that reaches beyond a byte. */
	kidAt(kids, byte) {
		let low = 0, high = kids.length;
		while (low < high) {
			const mid = low + high >> 1;
			if (this.graph.start[kids[mid]] + this.graph.size[kids[mid]] <= byte)
				low = mid + 1;
			else
				high = mid;
		}
		return low;
	}

	/* ---- the picture ---- */

	layout() {
		const { graph, seenFrom, seenTo, width } = this, px = width / (seenTo - seenFrom), skip = this.skip();
		const x = byte => Math.max(0, Math.min(width, (byte - seenFrom) * px));
		const stack = [[graph.LIVE, 0]];
		this.cells = [];
		this.deepest = 0;
		while (stack.length) {
			const [i, depth] = stack.pop(), row = depth - skip, start = graph.start[i], kids = graph.kids(i);
			if (row >= 0)
				this.cells.push({ i, row, x: x(start), w: x(start + graph.size[i]) - x(start), size: graph.size[i], isMore: row === this.mostRows - 1 && kids.length > 0 });
			this.deepest = Math.max(this.deepest, row);
			if (row + 1 >= this.mostRows)
				continue;
			for (let k = this.kidAt(kids, seenFrom); k < kids.length && graph.start[kids[k]] < seenTo; k++) {
				const kid = kids[k], last = kids[kids.length - 1], end = graph.start[last] + graph.size[last];
				if (graph.size[kid] * px < Icicle.SIDE_PX && kids.length - k > 1) {       // the others are no larger
					const from = x(graph.start[kid]);
					if (row + 1 >= 0 && x(end) - from >= .5) {
						this.cells.push({ i: kid, row: row + 1, x: from, w: x(end) - from, size: end - graph.start[kid], rest: kids.length - k, of: i });
						this.deepest = Math.max(this.deepest, row + 1);
					}
					break;
				}
				stack.push([kid, depth + 1]);
			}
		}
	}

	draw() {
		const W = this.width = this.box.clientWidth, c = this.canvas.getContext('2d');
		if (!W)
			return;
		this.layout();
		this.rows = this.rows || Math.min(this.mostRows, Math.max(this.leastRows, this.deepest + 1));
		if (this.deepest + 1 > this.rows)
			this.rows = Math.min(this.mostRows, this.deepest + 1);
		const H = this.rows * Icicle.ROW_PX, scale = devicePixelRatio || 1;
		if (this.canvas.width !== Math.round(W * scale) || this.canvas.height !== Math.round(H * scale)) {
			this.canvas.width = Math.round(W * scale);
			this.canvas.height = Math.round(H * scale);
			this.canvas.style.height = H + 'px';
		}
		const panel = page.color('--panel'), ink = page.color('--ink'), mixed = new Map();
		const css = rgb => 'rgb(' + rgb.map(Math.round).join(' ') + ')';
		const fill = i => {
			const name = this.color(i);
			if (!mixed.has(name))
				mixed.set(name, css(page.color(name).map((v, k) => v * .5 + panel[k] * .5)));
			return mixed.get(name);
		};
		c.setTransform(scale, 0, 0, scale, 0, 0);
		c.fillStyle = css(page.color('--sunk'));
		c.fillRect(0, 0, W, H);
		c.textBaseline = 'middle';
		c.font = '12.5px ' + getComputedStyle(document.body).fontFamily;
		for (const cell of this.cells) {
			const y = this.rowAt(cell.row) * Icicle.ROW_PX, w = Math.max(.75, cell.w - (cell.w > 3 ? 1 : 0)), h = Icicle.ROW_PX - 1;
			c.globalAlpha = cell.rest ? .45 : this.isFaint(cell.i) ? .25 : 1;
			c.fillStyle = cell.i === this.graph.LIVE ? css(page.color('--edge')) : fill(cell.i);
			c.fillRect(cell.x, y, w, h);
			c.globalAlpha = 1;
			if (cell.rest)
				this.hatch(c, cell.x, y, w, h, css(panel));
			if (cell.isMore) {
				c.fillStyle = css(ink);
				c.fillRect(cell.x, this.isFlame ? y : y + h - 2, w, 2);
			}
			if (cell.w > 30)
				this.write(c, cell, y + Icicle.ROW_PX / 2, css(ink));
			if (!cell.rest && (cell.i === this.marked || this.isFocused && cell.i === this.cursor || this.hovered && cell.i === this.hovered.i && !this.hovered.rest)) {
				c.strokeStyle = css(cell.i === this.marked ? page.color('--bad') : ink);
				c.lineWidth = cell.i === this.marked ? 3 : 2;
				c.strokeRect(cell.x + 1, y + 1, Math.max(1, w - 2), h - 2);
			}
		}
		this.draws = (this.draws || 0) + 1;
		const chain = this.graph.chain(this.focus), far = chain.length > 8;
		const shown = far ? [chain[0], -1, ...chain.slice(-6)] : chain, isPart = this.to - this.from < this.graph.size[this.focus] - .5, key = shown.join() + isPart;
		if (key !== this.crumbsOf) {
			this.crumbsOf = key;
			this.crumbs.replaceChildren(...shown.flatMap((i, k) => [k ? page.el('span', { class: 'faint', 'aria-hidden': 'true' }, ' \u203a ') : null,
				i === -1 ? page.el('span', { class: 'faint' }, '\u2026 ' + page.number(chain.length - 7) + ' more') :
					k === shown.length - 1 && !isPart ? page.el('span', { 'aria-current': 'location' }, page.el('b', {}, this.name(i)), ' ' + this.human(this.graph.size[i])) :
						page.el('button', { type: 'button', onclick: () => this.enter(i) }, this.name(i)),
				k === shown.length - 1 && isPart ? page.el('span', { class: 'faint', 'aria-current': 'location' }, 'a part of it') : null]).filter(node => node));
		}
	}
	name(i) {
		return i === this.graph.LIVE ? this.graph.top || 'live' : this.graph.label(i).name;
	}
	/* From the top of the picture; the same the other way round. */
	rowAt(row) {
		return this.isFlame ? this.rows - 1 - row : row;
	}
	hatch(c, x, y, w, h, color) {
		c.save();
		c.beginPath();
		c.rect(x, y, w, h);
		c.clip();
		c.strokeStyle = color;
		c.lineWidth = 1.5;
		c.beginPath();
		for (let at = Math.floor((x - h) / 6) * 6; at < x + w; at += 6) {
			c.moveTo(at, y + h);
			c.lineTo(at + h, y);
		}
		c.stroke();
		c.restore();
	}
	write(c, cell, y, color) {
		const room = cell.w - 9, size = this.human(cell.size), what = this.note(cell.i);
		const name = page.visible(cell.rest ? '\u2026 ' + page.number(cell.rest) + ' more' : this.name(cell.i));
		const more = page.visible(cell.rest ? this.sorts(cell) : what === name ? '' : what);
		c.save();
		c.beginPath();
		c.rect(cell.x, y - Icicle.ROW_PX / 2, cell.w - 3, Icicle.ROW_PX);
		c.clip();
		c.fillStyle = color;
		let text = name;
		if (c.measureText(text).width > room) {         // text never is longer than a byte a pixel
			text = text.slice(0, Math.ceil(room / 2));
			while (text.length > 1 && c.measureText(text + '\u2026').width > room)
				text = text.slice(0, -1);
			text += '\u2026';
		}
		c.fillText(text, cell.x + 5, y);
		const used = c.measureText(text).width, sizeWidth = c.measureText(size).width, moreWidth = c.measureText(more).width;
		c.globalAlpha = .7;
		if (used + sizeWidth + 14 < room)
			c.fillText(size, cell.x + cell.w - sizeWidth - 6, y);
		if (used + sizeWidth + moreWidth + 32 < room)
			c.fillText(more, cell.x + used + 14, y);
		c.restore();
	}

	/* ---- hands ---- */

	cellAt(x, y) {
		const row = this.rowAt(Math.floor(y / Icicle.ROW_PX));
		return this.cells.find(cell => cell.row === row && cell.x <= x && x < cell.x + Math.max(1, cell.w)) || null;
	}
	lines(cell) {
		return cell.rest ? ['\u2026 ' + page.number(cell.rest) + ' more of ' + this.name(cell.of), this.exact(cell.size), this.sorts(cell)] : this.describe(cell.i);
	}
	/* What they are, the most frequent first: "8000 Dev, 12 list". */
	sorts(cell) {
		const { graph } = this, kids = graph.kids(cell.of), key = cell.of + '-' + cell.rest;
		if (!this.sortsOf.has(key)) {
			const found = new Map();
			for (let k = kids.length - cell.rest; k < kids.length; k++)
				found.set(graph.what(kids[k]), (found.get(graph.what(kids[k])) || 0) + 1);
			const most = [...found].sort((a, b) => b[1] - a[1]);
			this.sortsOf.set(key, most.slice(0, 3).map(([what, n]) => page.number(n) + ' ' + what).join(', ') + (most.length > 3 ? ', \u2026' : ''));
		}
		return this.sortsOf.get(key);
	}
	hover(cell) {
		if ((cell && cell.i) !== (this.hovered && this.hovered.i)) {
			this.hovered = cell;
			this.draw();
			this.says.textContent = cell ? page.visible(this.lines(cell).join(' \u00b7 ')) : '\u00a0';
		}
	}
	click(cell, x) {
		page.tip(0, 0, null);
		if (!cell.rest) {
			this.enter(cell.i);
			return;
		}
		const { graph } = this, kids = graph.kids(cell.of), byte = this.from + x / this.width * (this.to - this.from);
		const kid = kids[Math.min(kids.length - 1, this.kidAt(kids, byte))];
		this.near(byte, graph.size[kid]);
	}
	/* With Ctrl larger or smaller, around the pointer; sideways, or with Shift, along; else the page scrolls. */
	wheel(event) {
		const span = this.to - this.from, isAlong = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
		if (!event.ctrlKey && !isAlong)
			return;
		event.preventDefault();
		const all = this.graph.size[this.graph.LIVE], part = event.offsetX / this.width;
		if (event.ctrlKey) {
			const wanted = Math.min(all, Math.max(64, span * 1.002 ** event.deltaY)), at = this.from + part * span;
			this.pan(at - part * wanted, wanted);
		} else {
			this.pan(this.from + (event.deltaX || event.deltaY) / this.width * span, span);
		}
	}
	pan(from, span) {
		const at = Math.max(0, Math.min(this.graph.size[this.graph.LIVE] - span, from));
		this.view(at, at + span, true);
	}
	enter(i) {
		this.cursor = i;
		this.marked = i;
		this.go(i);
		this.onchoose(i);
	}
	tell() {
		this.says.textContent = page.visible(this.describe(this.cursor).join(' \u00b7 '));
	}
	key(event) {
		const { graph } = this, up = graph.up[this.cursor];
		const siblings = up >= 0 ? graph.kids(up) : [this.cursor], k = siblings.indexOf(this.cursor);
		let to = null;
		if (event.ctrlKey || event.altKey || event.metaKey)
			return;
		if (event.key === 'ArrowLeft')
			to = siblings[k - 1];
		else if (event.key === 'ArrowRight')
			to = siblings[k + 1];
		else if (event.key === (this.isFlame ? 'ArrowDown' : 'ArrowUp'))
			to = up;
		else if (event.key === (this.isFlame ? 'ArrowUp' : 'ArrowDown'))
			to = graph.kids(this.cursor)[0];
		else if (event.key === 'Home')
			to = graph.LIVE;
		else if (event.key === 'Enter' || event.key === ' ')
			this.enter(this.cursor);
		else if (event.key === 'Backspace' || event.key === 'Escape')
			this.enter(Math.max(0, graph.up[this.focus] < 0 ? graph.LIVE : graph.up[this.focus]));
		else
			return;
		event.preventDefault();
		if (to !== null && to !== undefined && to >= 0) {
			this.cursor = to;
			this.reach(to);
			this.tell();
		}
	}
}
