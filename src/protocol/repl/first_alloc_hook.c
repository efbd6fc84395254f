#include "memprof/protocol/first_alloc_hook.h"

#include <errno.h>
#include <string.h>

#include "first_alloc_hook.py.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/printed_list.h"

/* ---- the code ---- */

const char first_alloc_end_code[] = "__memprof_a(None)\n";

static const char *parameter(const struct first_alloc_target *t, unsigned i)
{
	static const char unnamed[][sizeof(FIRST_ALLOC_HOOK_NAME "0")] = {
		FIRST_ALLOC_HOOK_NAME "0", FIRST_ALLOC_HOOK_NAME "1", FIRST_ALLOC_HOOK_NAME "2",
		FIRST_ALLOC_HOOK_NAME "3", FIRST_ALLOC_HOOK_NAME "4", FIRST_ALLOC_HOOK_NAME "5",
		FIRST_ALLOC_HOOK_NAME "6", FIRST_ALLOC_HOOK_NAME "7",
	};
	return t->parameters[i][0] ? t->parameters[i] : unnamed[i];
}

static void put_call(struct strbuf *code, const struct first_alloc_target *t, unsigned n)
{
	strbuf_puts(code, FIRST_ALLOC_HOOK_NAME "f(");
	for (unsigned i = 0; i < n; i++)
		strbuf_printf(code, "%s%s", i ? "," : "", parameter(t, i));
	strbuf_putc(code, ')');
}

/* A list that nobody passes stands for what is not given. The call is one with as many arguments as were given. */
static void put_wrapper(struct strbuf *code, const struct first_alloc_target *t)
{
	struct strbuf parameters CLEANUP(strbuf_deinit) = STRBUF_INIT, call CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (unsigned i = 0; i < t->n_parameters; i++)
		strbuf_printf(&parameters, "%s%s,", parameter(t, i), i >= t->n_required ? "=c" : "");
	for (unsigned i = t->n_required; i < t->n_parameters; i++) {
		put_call(&call, t, i);
		strbuf_printf(&call, " if %s is " FIRST_ALLOC_HOOK_NAME "c else ", parameter(t, i));
	}
	put_call(&call, t, t->n_parameters);
	strbuf_printf(code, wrapper_begin, strbuf_text(&parameters));
	for (unsigned i = t->n_required; i + 1 < t->n_parameters; i++)
		strbuf_printf(code, wrapper_missing, parameter(t, i), parameter(t, i + 1));
	strbuf_printf(code, wrapper_calls, strbuf_text(&call), strbuf_text(&call));
}

void first_alloc_code(struct strbuf *code, const struct first_alloc_target *target)
{
	strbuf_puts(code, begin);
	strbuf_printf(code, " N='%s'\n", target->name);
	put_wrapper(code, target);
	strbuf_puts(code, target->in_program ? program : module);
	strbuf_puts(code, wrap);
}

bool first_alloc_names_lines(const char *text, size_t n_bytes) { return text_find(text, n_bytes, ", line ") != NULL; }

/* ---- its output ---- */

/* "first-alloc 12", a line end and a traceback; "first-alloc no", a blank and the reason. */
int first_alloc_frame_read(const char *text, size_t n_bytes, struct first_alloc_frame *ret)
{
	struct printed_list s = { text, text + n_bytes };
	struct first_alloc_frame frame = { .is_found = true };

	if (!printed_skip(&s, FIRST_ALLOC_FRAME_BEGIN))
		return -EINVAL;
	if (printed_skip(&s, "no "))
		frame.is_found = false;
	else if (!printed_number(&s, &frame.i_call) || s.p == s.end || !strchr("\r\n", *s.p))
		return -EINVAL;
	frame.text = s.p;
	frame.n_bytes = (size_t)(s.end - s.p);
	*ret = frame;
	return 0;
}
