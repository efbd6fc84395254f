#include "memprof/protocol/unittest_hook.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "repl/printed_list.h"
#include "unittest_hook.py.h"

/* ---- the code ---- */

const char unittest_hook_run_code[] = "\n__memprof_t()\n";

void unittest_hook_code(struct strbuf *code, bool counts)
{
	strbuf_puts(code, begin);
	strbuf_puts(code, counts ? counted : uncounted);
	strbuf_puts(code, rest);
}

/* ---- its output ---- */

/* "test[1, 3, 5424, -1, 2, 'TestNet.test_read', 'OSError: 5']" */
int unittest_frame_read(const char *text, size_t n_bytes, struct unittest_frame *ret, size_t *ret_n)
{
	struct printed_list s = { text, text + n_bytes };
	struct unittest_frame frame = { .at = UNITTEST_BEGINS };
	uint64_t at, outcome;

	if (!printed_skip(&s, UNITTEST_FRAME_BEGIN) || !printed_number(&s, &at) || !printed_skip(&s, ", ") ||
	    !printed_count(&s, &frame.n_collections) || !printed_skip(&s, ", ") ||
	    !printed_number(&s, &frame.used_bytes) || !printed_skip(&s, ", ") || !printed_count(&s, &frame.took_us) ||
	    !printed_skip(&s, ", ") || !printed_number(&s, &outcome) || !printed_skip(&s, ", ") ||
	    !printed_text(&s, frame.name, sizeof(frame.name)) || !printed_skip(&s, ", ") ||
	    (!printed_skip(&s, "None") && !printed_text(&s, frame.message, sizeof(frame.message))))
		return -EINVAL;
	if (!printed_end(&s) || at > UNITTEST_SUITE_FAILED || outcome > UNITTEST_FAILED)
		return -EINVAL;
	frame.at = (enum unittest_at)at;
	frame.outcome = (enum unittest_outcome)outcome;
	*ret = frame;
	*ret_n = (size_t)(s.p - text);
	return 0;
}
