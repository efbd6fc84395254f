'use strict';
/* The heap as a picture, a cell for a block, in rows. All of it is drawn once into an image of a pixel a block; what is in
 * sight is a piece of that, enlarged, with outlines and letters on top. So half a million blocks move as fast as few.
 *
 *	new HeapMap({ oncursor(i), onhover(i, x, y) })      .node is its element; i of a block, -1: none
 *	set(heap, paint)          paint: { codes, colors, letters, outlines, dim }; see paint below
 *	moveTo(i)  zoom(factor)  fit()  pan(columns, rows)
 */
const GUTTER_GAP = 10, LETTER_PX = 13, GRID_PX = 7, CELL_FIT_PX = 16, CELL_MIN_PX = .25, CELL_MAX_PX = 40;

class HeapMap {
	constructor({ oncursor, onhover }) {
		this.oncursor = oncursor;
		this.onhover = onhover;
		this.canvas = page.el('canvas', {
			id: 'map', tabindex: 0, role: 'application', 'aria-roledescription': 'heap map', 'aria-label': 'Heap map',
			'aria-describedby': 'map-help',
		});
		this.overview = page.el('canvas', {
			id: 'overview', tabindex: 0, role: 'scrollbar', 'aria-label': 'Part of the map that is in sight',
			'aria-orientation': 'vertical', 'aria-controls': 'map', 'aria-valuemin': 0, 'aria-valuemax': 100,
		});
		this.node = page.el('div', { class: 'map' }, this.canvas, this.overview);
		this.image = document.createElement('canvas');
		this.heap = null;
		this.cursor = -1;
		this.hover = -1;
		this.cell = this.wanted = 1;    // pixels of a block; what was asked for, before it was made even
		this.x = this.y = 0;            // the block in the upper left corner, in columns and rows
		this.pointers = new Map();
		this.listen();
		page.onWidth(this.node, () => this.resize());
	}

	/* ---- where blocks are ---- */

	/* As large cells as let all of it be seen, and as many columns as have room and a use: sixteens, so that addresses are
	 * round. */
	layOut() {
		const { heap, ratio } = this, ink = this.width - this.gutter;
		const widest = heap.areas.reduce((n, area) => Math.max(n, Math.ceil(area.n / 16) * 16), 16);
		const fits = cell => {
			const high = innerHeight * (cell * ratio > 1 ? .62 : .85);      // rather high than blurred
			this.columns = Math.min(widest, Math.max(16, Math.floor(ink / cell / 16) * 16));
			return heap.areas.reduce((n, area) => n + Math.ceil(area.n / this.columns) + 1, -1) * cell <= high;
		};
		let cell = CELL_FIT_PX;
		while (cell > 1 / ratio && !fits(cell))
			cell -= 1 / ratio;
		while (!fits(cell) && cell > CELL_MIN_PX)
			cell *= .9;
		this.least = cell;
		let row = 0;
		this.rows = heap.areas.map(area => {
			const first = row;
			row += Math.ceil(area.n / this.columns) + 1;         // an empty row between areas
			return first;
		});
		this.nRows = Math.max(1, row - 1);
	}
	place(i) {
		const area = this.heap.areaOf(i), k = this.heap.areas.indexOf(area), offset = i - area.first;
		return [offset % this.columns, this.rows[k] + Math.floor(offset / this.columns)];
	}
	blockIn(column, row) {
		const { heap, rows, columns } = this;
		if (column < 0 || column >= columns || row < 0)
			return -1;
		let low = 0, high = rows.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (rows[middle] <= row)
				low = middle;
			else
				high = middle - 1;
		}
		const offset = (row - rows[low]) * columns + column;
		return offset >= 0 && offset < heap.areas[low].n ? heap.areas[low].first + offset : -1;
	}
	blockUnder(event) {
		const box = this.canvas.getBoundingClientRect();
		return this.blockIn(Math.floor((event.clientX - box.left - this.gutter) / this.cell + this.x),
			Math.floor((event.clientY - box.top) / this.cell + this.y));
	}
	get columnsInSight() { return (this.width - this.gutter) / this.cell; }
	get rowsInSight() { return this.height / this.cell; }

	/* ---- what is shown ---- */

	/* paint: codes, a Uint8Array, of each block the index of its color; colors, 256 of [r, g, b]; letters(i), what stands in a
	 * large block, or ''; outlines, [{ first, n, color, width }]; dim, null or a Uint8Array: blocks that stand back. */
	set(heap, paint) {
		const isNew = !this.heap || this.heap.areas.length !== heap.areas.length ||
			heap.areas.some((area, k) => area.n !== this.heap.areas[k].n);
		this.heap = heap;
		this.paint = paint;
		if (isNew) {
			this.cursor = this.hover = -1;
			this.cell = 0;
			this.resize();
		} else {
			this.drawImage();
			this.draw();
		}
	}
	resize() {
		if (!this.heap || !this.node.clientWidth)
			return;
		const atFit = !this.cell || this.cell <= this.least;
		this.ratio = devicePixelRatio || 1;
		this.width = this.node.clientWidth;
		const context = this.canvas.getContext('2d');
		context.font = this.font = '11px ' + getComputedStyle(document.documentElement).getPropertyValue('--mono');
		this.gutter = Math.ceil(context.measureText(this.heap.address(Math.max(0, this.heap.n - 1))).width) + GUTTER_GAP;
		this.layOut();
		this.height = Math.ceil(Math.max(96, this.nRows * this.least));
		for (const [canvas, width] of [[this.canvas, this.width], [this.overview, 44]]) {
			canvas.width = Math.round(width * this.ratio);
			canvas.height = Math.round(this.height * this.ratio);
			canvas.style.width = width + 'px';
			canvas.style.height = this.height + 'px';
		}
		this.drawImage();
		if (atFit)
			this.fit();
		else
			this.view(this.x, this.y, this.wanted);
	}
	/* Cells of a whole number of the screen's pixels are all alike. */
	even(cell) {
		const real = cell * this.ratio;
		return real >= 1 ? Math.floor(real + 1e-6) / this.ratio : cell;
	}
	view(x, y, wanted) {
		this.wanted = Math.min(CELL_MAX_PX, Math.max(this.least, wanted));
		this.cell = Math.max(this.least, this.even(this.wanted));
		this.x = Math.max(0, Math.min(x, this.columns - this.columnsInSight));
		this.y = Math.max(0, Math.min(y, this.nRows - this.rowsInSight));
		const isWhole = this.isWhole();
		this.overview.classList.toggle('off', isWhole);
		this.canvas.style.touchAction = isWhole ? 'pan-y' : 'none';
		this.overview.setAttribute('aria-valuenow', Math.round(100 * this.y / Math.max(1, this.nRows - this.rowsInSight)) || 0);
		this.invalidate();
	}
	isWhole() {
		return this.columnsInSight >= this.columns - .01 && this.rowsInSight >= this.nRows - .01;
	}
	fit() { this.view(0, 0, this.least); }
	pan(columns, rows) { this.view(this.x + columns, this.y + rows, this.wanted); }
	/* About a point of the canvas, or else the cursor if it is in sight, or else the middle. */
	zoom(factor, at) {
		let [px, py] = at || [this.gutter + (this.width - this.gutter) / 2, this.height / 2];
		if (!at && this.cursor >= 0) {
			const [column, row] = this.place(this.cursor);
			const x = this.gutter + (column + .5 - this.x) * this.cell, y = (row + .5 - this.y) * this.cell;
			if (x >= 0 && x < this.width && y >= 0 && y < this.height)
				[px, py] = [x, y];
		}
		const column = this.x + (px - this.gutter) / this.cell, row = this.y + py / this.cell;
		let wanted = Math.min(CELL_MAX_PX, Math.max(this.least, this.wanted * factor));
		if (factor > 1 && this.even(wanted) === this.cell)      // a step that would not be seen
			wanted = this.cell + 1 / this.ratio;
		if (factor < 1 && this.even(wanted) === this.cell)
			wanted = Math.max(this.least, this.cell - 1 / this.ratio);
		const cell = Math.max(this.least, this.even(Math.min(CELL_MAX_PX, wanted)));
		this.view(column - (px - this.gutter) / cell, row - py / cell, wanted);
	}
	moveTo(i, isFar) {
		if (i < 0 || i >= this.heap.n)
			return;
		this.cursor = i;
		const [column, row] = this.place(i);
		if (isFar && this.cell < GRID_PX)
			this.view(0, 0, GRID_PX + 3);
		let { x, y } = this;
		if (column < x + 1 || column + 1 > x + this.columnsInSight - 1)
			x = isFar || Math.abs(column - x) > this.columnsInSight ? column - this.columnsInSight / 2 :
				column < x + 1 ? column - 1 : column + 2 - this.columnsInSight;
		if (row < y + 1 || row + 1 > y + this.rowsInSight - 1)
			y = isFar ? row - this.rowsInSight / 2 : row < y + 1 ? row - 1 : row + 2 - this.rowsInSight;
		this.view(x, y, this.wanted);
		this.oncursor(i);
	}

	/* ---- keys, mouse, fingers ---- */

	key(event) {
		const page_ = Math.max(1, Math.floor(this.rowsInSight) - 1), i = Math.max(0, this.cursor);
		const area = this.heap.areaOf(i), step = n => Math.max(0, Math.min(this.heap.n - 1, i + n));
		const steps = {
			ArrowLeft: () => step(-1), ArrowRight: () => step(1),
			ArrowUp: () => step(-this.columns), ArrowDown: () => step(this.columns),
			PageUp: () => step(-this.columns * page_), PageDown: () => step(this.columns * page_),
			Home: () => event.ctrlKey ? 0 : area.first, End: () => event.ctrlKey ? this.heap.n - 1 : area.first + area.n - 1,
			'[': () => this.heap.neighbour(i, -1), ']': () => this.heap.neighbour(i, 1),
			h: () => step(-1), l: () => step(1), k: () => step(-this.columns), j: () => step(this.columns),
		};
		const quarter = Math.max(1, Math.round(this.columnsInSight / 4)), quarterDown = Math.max(1, Math.round(this.rowsInSight / 4));
		const pans = { ArrowLeft: [-quarter, 0], ArrowRight: [quarter, 0], ArrowUp: [0, -quarterDown], ArrowDown: [0, quarterDown] };
		if (event.altKey || event.metaKey)
			return;
		if (event.shiftKey && pans[event.key])
			this.pan(...pans[event.key]);
		else if (steps[event.key])
			this.moveTo(this.cursor < 0 ? this.largestOrFirst() : steps[event.key]());
		else if (event.key === '+' || event.key === '=')
			this.zoom(1.5);
		else if (event.key === '-')
			this.zoom(1 / 1.5);
		else if (event.key === '0' || event.key === 'f')
			this.fit();
		else
			return;
		event.preventDefault();
	}
	largestOrFirst() {
		return this.heap.largest.n ? this.heap.largest.first : 0;
	}

	listen() {
		const { canvas, overview, pointers } = this;
		let armed = false, moved = 0, pinch = null;
		const at = event => {
			const box = canvas.getBoundingClientRect();
			return [event.clientX - box.left, event.clientY - box.top];
		};
		canvas.addEventListener('keydown', event => this.heap && this.key(event));
		/* The wheel is the map's once somebody has pointed at it; whoever only scrolls past scrolls on. */
		addEventListener('scroll', () => { armed = false; }, { passive: true });
		canvas.addEventListener('wheel', event => {
			const isIn = event.deltaY < 0;
			if (!this.heap || (!armed && !event.ctrlKey && document.activeElement !== canvas) ||
			    (!isIn && this.isWhole() && !event.ctrlKey))
				return;
			event.preventDefault();
			this.zoom(Math.exp(-Math.max(-1, Math.min(1, event.deltaY / 240))), at(event));
		}, { passive: false });
		canvas.addEventListener('pointerdown', event => {
			if (event.button !== 0)
				return;
			pointers.set(event.pointerId, [event.clientX, event.clientY]);
			canvas.setPointerCapture(event.pointerId);
			moved = 0;
			pinch = null;
		});
		canvas.addEventListener('pointermove', event => {
			const was = pointers.get(event.pointerId);
			if (event.movementX || event.movementY)
				armed = true;
			if (!this.heap)
				return;
			if (!was) {
				this.point(event);
				return;
			}
			const dx = event.clientX - was[0], dy = event.clientY - was[1];
			pointers.set(event.pointerId, [event.clientX, event.clientY]);
			if (pointers.size === 2) {
				const [a, b] = [...pointers.values()], box = canvas.getBoundingClientRect();
				const span = Math.hypot(a[0] - b[0], a[1] - b[1]);
				if (pinch)
					this.zoom(span / pinch, [(a[0] + b[0]) / 2 - box.left, (a[1] + b[1]) / 2 - box.top]);
				pinch = span;
				moved += 9;
			} else {
				moved += Math.abs(dx) + Math.abs(dy);
				if (moved > 4)
					this.pan(-dx / this.cell, -dy / this.cell);
			}
		});
		for (const name of ['pointerup', 'pointercancel'])
			canvas.addEventListener(name, event => {
				const was = pointers.delete(event.pointerId);
				if (was && name === 'pointerup' && moved <= 4 && this.heap) {
					const i = this.blockUnder(event);
					if (i >= 0)
						this.moveTo(i);
				}
			});
		canvas.addEventListener('pointerleave', () => {
			armed = false;
			this.hover = -1;
			this.onhover(-1);
			this.invalidate();
		});
		const drag = event => {
			const box = overview.getBoundingClientRect();
			this.view(this.columns * (event.clientX - box.left) / box.width - this.columnsInSight / 2,
				this.nRows * (event.clientY - box.top) / box.height - this.rowsInSight / 2, this.wanted);
		};
		overview.addEventListener('pointerdown', event => { overview.setPointerCapture(event.pointerId); drag(event); });
		overview.addEventListener('pointermove', event => event.buttons && drag(event));
		overview.addEventListener('keydown', event => {
			const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0],
				PageUp: [0, -this.rowsInSight], PageDown: [0, this.rowsInSight] };
			if (!steps[event.key])
				return;
			this.pan(...steps[event.key]);
			event.preventDefault();
		});
	}
	point(event) {
		this.hover = this.blockUnder(event);
		this.onhover(this.hover, event.clientX, event.clientY);
		this.invalidate();
	}

	/* ---- drawing ---- */

	invalidate() {
		if (this.frame)
			return;
		this.frame = requestAnimationFrame(() => this.draw());
	}

	/* The image: a pixel for each block. */
	drawImage() {
		const { image, heap, columns, nRows, paint } = this, { codes, colors, dim } = paint;
		image.width = columns;
		image.height = nRows;
		const context = image.getContext('2d'), pixels = context.createImageData(columns, nRows);
		const words = new Uint32Array(pixels.data.buffer), back = page.color('--sunk');
		const word = ([r, g, b]) => (255 << 24 | Math.round(b) << 16 | Math.round(g) << 8 | Math.round(r)) >>> 0;
		const plain = new Uint32Array(256), faint = new Uint32Array(256);
		for (let i = 0; i < 256; i++) {
			plain[i] = word(colors[i]);
			faint[i] = word(colors[i].map((c, k) => .18 * c + .82 * back[k]));
		}
		heap.areas.forEach((area, k) => {
			const shift = this.rows[k] * columns - area.first;
			for (let i = area.first, end = i + area.n; i < end; i++)
				words[i + shift] = (dim && dim[i] ? faint : plain)[codes[i]];
		});
		context.putImageData(pixels, 0, 0);
	}

	draw() {
		this.frame = 0;
		if (!this.heap || !this.width)
			return;
		const context = this.canvas.getContext('2d'), { cell, gutter, width, height, ratio, columns, nRows } = this;
		const column0 = Math.floor(this.x), row0 = Math.floor(this.y);
		const column1 = Math.min(columns, Math.ceil(this.x + this.columnsInSight));
		const row1 = Math.min(nRows, Math.ceil(this.y + this.rowsInSight));
		context.setTransform(ratio, 0, 0, ratio, 0, 0);
		context.clearRect(0, 0, width, height);
		context.save();
		context.beginPath();
		context.rect(gutter, 0, width - gutter, height);
		context.clip();
		context.imageSmoothingEnabled = cell * ratio < 1;
		context.imageSmoothingQuality = 'high';
		context.drawImage(this.image, column0, row0, column1 - column0, row1 - row0, gutter + (column0 - this.x) * cell,
			(row0 - this.y) * cell, (column1 - column0) * cell, (row1 - row0) * cell);
		if (cell >= GRID_PX)
			this.drawBlocks(context, column0, row0, column1, row1);
		for (const outline of this.paint.outlines)
			this.drawOutline(context, outline.first, outline.n, outline.color, outline.width);
		if (this.hover >= 0 && this.hover !== this.cursor) {
			const span = this.heap.span(this.hover);
			this.drawOutline(context, span.first, span.n, '--ink', 1);
		}
		if (this.cursor >= 0) {
			const span = this.heap.span(this.cursor);
			this.drawOutline(context, span.first, span.n, '--ink', 2);
			this.drawOutline(context, this.cursor, 1, '--accent', 3);
		}
		context.restore();
		this.drawAddresses(context);
		if (!this.isWhole())
			this.drawOverview();
	}
	/* Where cells are large enough, objects stand apart, and are named by their letters. */
	drawBlocks(context, column0, row0, column1, row1) {
		const { cell, heap, paint } = this, gap = page.color('--panel'), hasLetters = cell >= LETTER_PX;
		const isLight = color => color[0] * .3 + color[1] * .59 + color[2] * .11 > 130;
		context.fillStyle = 'rgb(' + gap + ')';
		context.font = Math.min(16, Math.round(cell * .72)) + 'px ' + this.font.slice(5);
		context.textAlign = 'center';
		context.textBaseline = 'middle';
		for (let row = row0; row < row1; row++) {
			const y = (row - this.y) * cell;
			context.fillStyle = 'rgb(' + gap + ')';
			context.fillRect(this.gutter, y, (this.columns - this.x) * cell, 1);
			for (let column = column0; column < column1; column++) {
				const i = this.blockIn(column, row);
				if (i < 0)
					continue;
				const x = this.gutter + (column - this.x) * cell;
				if (heap.letters[i] !== heaps.TAIL) {
					context.fillStyle = 'rgb(' + gap + ')';
					context.fillRect(x, y, heap.letters[i] === heaps.FREE || heap.letters[i] === heaps.UNKNOWN ? .5 : 1, cell);
				}
				const letter = hasLetters && !(paint.dim && paint.dim[i]) && paint.letters(i);
				if (letter) {
					context.fillStyle = isLight(paint.colors[paint.codes[i]]) ? '#14171b' : '#fff';
					context.fillText(letter, x + cell / 2, y + cell / 2 + 1);
				}
			}
		}
	}
	/* Around a run of blocks, which may begin and end in the middle of a row; each area's rows are its own. */
	drawOutline(context, first, n, color, width) {
		const { cell, columns } = this, [c0, r0] = this.place(first), [c1, r1] = this.place(first + n - 1);
		const px = c => this.gutter + (c - this.x) * cell, py = r => (r - this.y) * cell;
		if (r1 < this.y || r0 > this.y + this.rowsInSight)
			return;
		context.beginPath();
		if (r0 === r1) {
			context.rect(px(c0), py(r0), Math.max((c1 - c0 + 1) * cell, 1), Math.max(cell, 1));
		} else {
			const points = [[c0, r0], [columns, r0], [columns, r1], [c1 + 1, r1], [c1 + 1, r1 + 1], [0, r1 + 1], [0, r0 + 1],
				[c0, r0 + 1]];
			points.forEach(([c, r], k) => context[k ? 'lineTo' : 'moveTo'](px(c), py(r)));
			context.closePath();
		}
		context.strokeStyle = 'rgb(' + page.color(color) + ')';
		context.lineWidth = width;
		context.stroke();
	}
	drawAddresses(context) {
		const { cell, heap, rows, columns } = this, every = Math.max(1, Math.ceil(18 / cell));
		let last = -Infinity;
		context.font = this.font;
		context.fillStyle = 'rgb(' + page.color('--faint') + ')';
		context.textAlign = 'right';
		context.textBaseline = 'middle';
		heap.areas.forEach((area, k) => {
			const n = Math.ceil(area.n / columns), from = Math.max(0, Math.floor(this.y) - rows[k]);
			const step = 2 ** Math.ceil(Math.log2(every));
			for (let row = Math.ceil(from / step) * step; row < n; row += step) {
				const y = (rows[k] + row - this.y + .5) * cell;
				if (y > this.height)
					break;
				if (y < -6 || y - last < 13)
					continue;
				context.fillText(heap.address(area.first + row * columns), this.gutter - GUTTER_GAP / 2,
					Math.max(6, Math.min(y, this.height - 6)));
				last = y;
			}
		});
	}
	drawOverview() {
		const context = this.overview.getContext('2d'), width = 44, { height, columns, nRows } = this;
		context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		context.clearRect(0, 0, width, height);
		context.imageSmoothingQuality = 'high';
		context.drawImage(this.image, 0, 0, width, height);
		context.strokeStyle = 'rgb(' + page.color('--ink') + ')';
		context.lineWidth = 2;
		context.strokeRect(1 + this.x / columns * width, 1 + this.y / nRows * height,
			Math.max(3, Math.min(1, this.columnsInSight / columns) * width - 2),
			Math.max(3, Math.min(1, this.rowsInSight / nRows) * height - 2));
	}
}
