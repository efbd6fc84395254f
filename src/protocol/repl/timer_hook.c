#include "memprof/protocol/timer_hook.h"

#include <inttypes.h>

#include "collection_hook.h"
#include "timer_hook.py.h"

void timer_hook_code(struct strbuf *code, const struct collection_hook *hook)
{
	struct strbuf periods CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (unsigned i = 0; i < COLLECTION_N_STEPS; i++) {
		uint64_t period_us = collection_hook_step(hook->step_us, i);
		strbuf_printf(&periods, "%s%" PRIu64, i ? "," : "", period_us < 1000 ? 1 : (period_us + 500) / 1000);
	}
	strbuf_puts(code, begin);
	collection_hook_head(code, hook);
	strbuf_printf(code, constants, hook->layout.word_bytes, hook->token & 32767, strbuf_text(&periods));
	strbuf_puts(code, callback);
}
