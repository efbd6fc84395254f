'use strict';
/* The block tables that are in the page (viewers/html/tables.h says how). Those that were read last are kept. */
const tables = (() => {
	const KEPT_BYTES = 48 << 20;
	const { dumps = 0, shown = null, boards = [], tables: rows = [] } = page.data('tables') || {};
	const byName = new Map(rows.map(row => [row.dump + '/' + row.pool, row]));
	const kept = new Map();         // the one that was used last stands last

	async function inflate(row) {
		const letters = await page.unpack(row.deflate);
		if (letters.length !== row.blocks)
			throw new Error('a table of dump ' + row.dump + ' is damaged');
		return letters;
	}

	function keep(name, letters) {
		kept.delete(name);
		kept.set(name, letters);
		let sum = 0;
		for (const one of kept.values())
			sum += one.length;
		for (const [other, one] of kept) {
			if (sum <= KEPT_BYTES || other === name)
				break;
			kept.delete(other);
			sum -= one.length;
		}
		return letters;
	}

	/* One letter a block; null if the page does not have it. */
	async function letters(dump, pool) {
		const chain = [];
		let name = dump + '/' + pool, base = null;
		while (!(base = kept.get(name))) {
			const row = byName.get(name);
			if (!row)
				return null;
			chain.push([name, row]);
			if (row.against === null)
				break;
			name = row.against + '/' + pool;
		}
		while (chain.length) {
			const [ofName, row] = chain.pop();
			const own = await inflate(row);
			for (let i = 0, n = base ? Math.min(base.length, own.length) : 0; i < n; i++)
				own[i] ^= base[i];
			base = keep(ofName, own);
		}
		return base;
	}
	return { dumps, shown, boards, letters, has: (dump, pool) => byName.has(dump + '/' + pool) };
})();
