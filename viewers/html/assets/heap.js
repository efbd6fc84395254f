'use strict';
/* A pool with its letters: objects, addresses, what is looked for. Pure; figures of a whole pool come from the document. */
const heaps = (() => {
	const code = letter => letter.charCodeAt(0);
	const FREE = code('.'), TAIL = code('='), UNKNOWN = code(' ');
	const isUsed = c => c !== FREE && c !== UNKNOWN;
	const isHead = c => c !== FREE && c !== UNKNOWN && c !== TAIL;
	const NAMES = {         // as block_kind_name of src/model/heap.c
		'.': 'free', ' ': 'missing', '=': 'tail without a head', h: 'other', m: 'marked head', T: 'tuple', L: 'list',
		D: 'dict', S: 'str or bytes', A: 'bytearray or array', F: 'float', B: 'function', M: 'module',
	};
	const name = letter => NAMES[letter] || 'unknown';

	/* pool: of the document; letters: a Uint8Array of all its areas. */
	class Heap {
		constructor(pool, letters) {
			this.pool = pool;
			this.letters = letters;
			this.n = letters.length;
			this.blockBytes = pool.block_bytes || 1;
			let first = 0;
			this.areas = pool.areas.map(area => {
				const at = { name: area.name, start: area.start === null ? null : BigInt(area.start), first, n: area.blocks };
				first += area.blocks;
				return at;
			});
			if (first !== this.n)           // never so; but then it is one area
				this.areas = [{ name: pool.name, start: null, first: 0, n: this.n }];
			this.#own();
		}

		/* owner: of each block the letter of its object. And where the largest free run is. */
		#own() {
			const { letters } = this, owner = new Uint8Array(this.n);
			let best = 0, at = 0;
			for (const area of this.areas) {
				let last = TAIL, run = 0;
				for (let i = area.first, end = i + area.n; i < end; i++) {
					const c = letters[i];
					if (c === FREE) {
						if (++run > best) {
							best = run;
							at = i - run + 1;
						}
						last = TAIL;
					} else {
						run = 0;
						if (c === UNKNOWN)
							last = TAIL;
						else if (c !== TAIL)
							last = c;
					}
					owner[i] = c === TAIL ? last : c;
				}
			}
			this.owner = owner;
			this.largest = { first: at, n: best };
		}

		areaOf(i) {
			let low = 0, high = this.areas.length - 1;
			while (low < high) {
				const middle = (low + high + 1) >> 1;
				if (this.areas[middle].first <= i)
					low = middle;
				else
					high = middle - 1;
			}
			return this.areas[low];
		}
		address(i) {
			const area = this.areaOf(i);
			return area.start === null ? area.name + '+' + page.address((i - area.first) * this.blockBytes) :
				page.address(area.start + BigInt(i - area.first) * BigInt(this.blockBytes));
		}
		/* The block that has an address; -1. */
		blockAt(address) {
			for (const area of this.areas) {
				const offset = area.start === null ? -1n : address - area.start;
				if (offset >= 0n && offset < BigInt(area.n) * BigInt(this.blockBytes))
					return area.first + Number(offset / BigInt(this.blockBytes));
			}
			return -1;
		}

		/* The object, free run or missing rows that a block is of. */
		span(i) {
			const { letters } = this, area = this.areaOf(i), begin = area.first, end = begin + area.n, c = letters[i];
			let first = i, last = i + 1;
			if (c === FREE || c === UNKNOWN) {
				while (first > begin && letters[first - 1] === c)
					first--;
				while (last < end && letters[last] === c)
					last++;
			} else {
				while (first > begin && letters[first] === TAIL && isUsed(letters[first - 1]))
					first--;
				while (last < end && letters[last] === TAIL)
					last++;
			}
			return { first, n: last - first, kind: String.fromCharCode(letters[first]), area };
		}
		/* All that is said of a block. */
		object(i) {
			const span = this.span(i), { area, first, n, kind } = span;
			const before = first > area.first ? this.span(first - 1) : null;
			const after = first + n < area.first + area.n ? this.span(first + n) : null;
			const free = other => other && other.kind === '.' ? other.n : 0;
			const isFree = kind === '.';
			const run = isFree ? n : n + free(before) + free(after);
			return {
				...span, before, after, bytes: n * this.blockBytes, freed: run * this.blockBytes,
				gain: isFree || kind === ' ' ? 0 : Math.max(0, run - this.largest.n) * this.blockBytes,
			};
		}
		/* An arrow's step from object to object. */
		neighbour(i, step) {
			const span = this.span(i), to = step > 0 ? span.first + span.n : span.first - 1;
			return to < 0 || to >= this.n ? i : this.span(to).first;
		}

		/* First blocks of all that a query is about, in order. */
		find(query) {
			if (query.address !== undefined) {
				const i = this.blockAt(query.address);
				return i < 0 ? [] : [this.span(i).first];
			}
			const found = [], { letters } = this;
			for (const area of this.areas) {
				for (let i = area.first, end = i + area.n; i < end;) {
					const c = letters[i];
					let next = i + 1;
					while (next < end && (isUsed(c) ? letters[next] === TAIL : letters[next] === c))
						next++;
					const bytes = (next - i) * this.blockBytes;
					const fits = query.kind ? code(query.kind) === c : isUsed(c);
					if (fits && bytes >= query.least && bytes <= query.most)
						found.push(i);
					i = next;
				}
			}
			return found;
		}
	}

	/* "T" "tuple" ">4096" ">=4K" "100-200" "0x20001234" "T >64" ". >1K": what is looked for. Null: not understood. */
	function parse(text) {
		const query = { least: 0, most: Infinity };
		const words = text.trim().replace(/([<>]=?|=)\s+/g, '$1').split(/\s+/).filter(word => word);
		for (const word of words) {
			const compare = /^(>=|<=|>|<|=)(.+)$/.exec(word), range = /^([^-]+)-([^-]+)$/.exec(word);
			if (/^0x[0-9a-f]+$/i.test(word)) {
				query.address = BigInt(word);
			} else if (compare) {
				const bytes = page.size(compare[2]);
				if (bytes === null)
					return null;
				if (compare[1].startsWith('>'))
					query.least = bytes + (compare[1] === '>' ? 1 : 0);
				else if (compare[1].startsWith('<'))
					query.most = bytes - (compare[1] === '<' ? 1 : 0);
				else
					query.least = query.most = bytes;
			} else if (range && page.size(range[1]) !== null && page.size(range[2]) !== null) {
				query.least = page.size(range[1]);
				query.most = page.size(range[2]);
			} else if (page.size(word) !== null) {
				query.least = query.most = page.size(word);
			} else if (word.length === 1) {
				query.kind = word;
			} else {
				const kind = Object.keys(NAMES).find(letter => NAMES[letter].split(' ').includes(word.toLowerCase()));
				if (!kind)
					return null;
				query.kind = kind;
			}
		}
		return words.length ? query : null;
	}

	/* Blocks of the same object in both: letters, with areas paired by where they begin. each(i, n, j): an object or a run of
	 * heap, and the block of the other heap at that address, or -1. */
	function pair(heap, other, each) {
		for (const area of heap.areas) {
			const twin = other && other.blockBytes === heap.blockBytes &&
				other.areas.find(a => a.start === area.start && (a.start !== null || a.name === area.name));
			for (let i = area.first, end = i + area.n; i < end;) {
				const c = heap.letters[i];
				let next = i + 1;
				while (next < end && (isUsed(c) ? heap.letters[next] === TAIL : heap.letters[next] === c))
					next++;
				const offset = i - area.first;
				each(i, next - i, twin && offset + (next - i) <= twin.n ? twin.first + offset : -1, twin);
				i = next;
			}
		}
	}
	/* Whether the object of n blocks at i is at j of the other as well: the same letter, as long. */
	function isSame(heap, i, n, other, j, twin) {
		if (j < 0 || other.letters[j] !== heap.letters[i] || !isUsed(heap.letters[i]))
			return false;
		for (let k = 1; k < n; k++)
			if (other.letters[j + k] !== TAIL)
				return false;
		return j + n >= twin.first + twin.n || other.letters[j + n] !== TAIL;
	}

	const SAME = 0, ADDED = 1, REMOVED = 2, CHANGED = 3;
	/* Of each block what it is, compared with another moment: SAME, ADDED (it was free), REMOVED (it is free), CHANGED. */
	function changes(heap, other) {
		const ret = new Uint8Array(heap.n);
		pair(heap, other, (i, n, j, twin) => {
			const used = isUsed(heap.letters[i]);
			if (used && isSame(heap, i, n, other, j, twin))
				return;
			for (let k = 0; k < n; k++) {
				const at = twin ? twin.first + (i - heap.areaOf(i).first) + k : -1;
				const was = at >= 0 && at < twin.first + twin.n && isUsed(other.letters[at]);
				ret[i + k] = used ? (was ? CHANGED : ADDED) : was ? REMOVED : SAME;
			}
		});
		return ret;
	}

	/* Since when objects are there: seen (of the moment before, or null) goes on to this one. A Uint32Array of dump numbers, 0
	 * where nothing is. */
	function age(heap, other, seen, dump) {
		const ret = new Uint32Array(heap.n);
		pair(heap, other, (i, n, j, twin) => {
			if (isUsed(heap.letters[i]))
				ret.fill(other && isSame(heap, i, n, other, j, twin) ? seen[j] : dump, i, i + n);
		});
		return ret;
	}

	return { Heap, parse, changes, age, name, isUsed, isHead, FREE, TAIL, UNKNOWN, SAME, ADDED, REMOVED, CHANGED };
})();
