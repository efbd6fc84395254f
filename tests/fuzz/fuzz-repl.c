/* The REPL machine: what a board sends, at whatever moment, with programs run whenever it is ready. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/protocol/repl.h"

FUZZ(data, size)
{
	static const char code[] = "for i in range(3):\n    print(i)\n";
	const uint8_t options = size > 0 ? data[0] : 0;
	uint64_t now_us = 0;
	char raw[64];
	struct repl r;

	repl_init(&r,
		  &(struct repl_options){ .interrupt = options & 1, .reset = options & 2, .listen_only = options & 4 },
		  now_us);
	for (size_t i = 1; i < size;) {
		/* A byte says how much comes at once and how long it takes. */
		size_t n = MIN((size_t)(data[i] & 31) + 1, size - i - 1);
		struct repl_event event;
		now_us += (uint64_t)(data[i] >> 5) * 400000;
		i++;
		repl_feed(&r, data + i, n, now_us);
		i += n;
		while (repl_next_event(&r, &event)) {
			MUST(event.n_bytes == 0 || event.bytes);
			MUST(event.kind != REPL_TAKEN || !repl_reads_raw(&r));
			if (event.kind == REPL_READY || event.kind == REPL_DONE)
				MUST((options & 16 ? repl_run_ours : repl_run)(&r, code, strlen(code), now_us) == 0);
			/* Programs of ours that are talked with: a line is answered, and bytes are counted. */
			if (event.kind == REPL_OUTPUT && options & 16 && !repl_reads_raw(&r)) {
				size_t n_raw = 1 + (event.n_bytes + i) % sizeof(raw);
				int error = repl_take_raw(&r, raw, n_raw, options >> 5 & 3);
				MUST(error == 0 ? repl_reads_raw(&r) : error == -EBUSY && !repl_reads_raw(&r));
				repl_send(&r, "@@@@", 4);
			}
			if (event.kind == REPL_OUTPUT && options & 128 && i % 7 == 0)
				repl_stop_raw(&r);
		}
		size_t n_out;
		repl_outbox(&r, &n_out);
		MUST(n_out <= REPL_OUTBOX_BYTES && !(n_out && r.options.listen_only));
		repl_sent(&r, options & 8 ? n_out / 2 : n_out);
		repl_tick(&r, now_us);
	}
}
