/* gc.threshold() of the board while a program runs. */
#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "private.h"

bool program_threshold_set(struct program *p, uint64_t n_bytes)
{
	char code[64];

	p->old_threshold = session_number(p->session, "print(__import__('gc').threshold())");
	snprintf(code, sizeof(code), "__import__('gc').threshold(%" PRIu64 ")", n_bytes);
	p->has_threshold = session_helper(p->session, code) == SESSION_DONE;
	return p->has_threshold;
}

void program_threshold_restore(struct program *p)
{
	char code[64];

	if (!p->has_threshold)
		return;
	snprintf(code, sizeof(code), "__import__('gc').threshold(%" PRId64 ")",
		 p->old_threshold == NOT_KNOWN ? -1 : (int64_t)p->old_threshold);
	session_tidy(p->session, code);
}
