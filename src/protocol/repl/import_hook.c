#include "memprof/protocol/import_hook.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import_hook.py.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/printed_list.h"

/* ---- the code ---- */

/* Word i at s, as the firmware's words are (viper has 32 bits). */
static const char *word(char ret[64], const struct gc_layout *heap, unsigned i)
{
	if (heap->word_bytes == 4)
		snprintf(ret, 64, "s[%u]", i);
	else
		snprintf(ret, 64, "s[%u]&0xffffffff|s[%u]<<32", 2 * i, 2 * i + 1);
	return ret;
}

static void add_walk(struct strbuf *code, const struct gc_layout *heap)
{
	unsigned n_parts = heap ? heap->block_bytes / 4 : 0;
	struct strbuf any CLEANUP(strbuf_deinit) = STRBUF_INIT, clear CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char table[64], n_bytes[64], pool[64], next[64] = "0";

	strbuf_printf(code, first_area, heap ? heap->address : 0);
	if (!heap)
		return;
	for (unsigned i = 0; i < n_parts; i++) {
		strbuf_printf(&any, "%sp[j+%u]", i ? "|" : "", i);
		strbuf_printf(&clear, "%sp[j+%u]=0", i ? ";" : "", i);
	}
	strbuf_printf(code, walk, word(table, heap, 1), word(n_bytes, heap, 2), word(pool, heap, heap->n_tables + 2),
		      n_parts, strbuf_text(&any), strbuf_text(&clear), heap->chained ? word(next, heap, 0) : next);
}

bool imports_hook_code(struct strbuf *code, size_t i_part, const struct gc_layout *heap, bool native)
{
	const char *const parts[] = { state_code, NULL, frame_code, prepare_code, native ? native_code : guess_code };

	if (i_part > ARRAY_SIZE(parts))
		return false;
	if (i_part == ARRAY_SIZE(parts)) {
		strbuf_puts(code, count_begin);
		if (heap)
			strbuf_printf(code, count_blocks, heap->block_bytes);
		strbuf_puts(code, count_end);
		return true;
	}
	if (i_part == 0)
		strbuf_puts(code, results);
	strbuf_puts(code, part_begin);
	if (parts[i_part])
		strbuf_puts(code, parts[i_part]);
	else
		add_walk(code, heap);
	if (i_part + 1 == ARRAY_SIZE(parts))
		strbuf_puts(code, install_code);
	strbuf_puts(code, part_end);
	return true;
}

const char imports_hook_gone_code[] = "__import__('\\x1e')";
const char imports_hook_parts_gone_code[] = "del __memprof_i";

/* ---- its output ---- */

/* "import[1, 0, 5424, 77, 'app.net', 'app/net.py', 4, 0, 5024]" */
int imports_frame_read(const char *text, size_t n_bytes, struct imports_frame *ret, size_t *ret_n)
{
	struct printed_list s = { text, text + n_bytes };
	struct imports_frame frame = { .depth = 0 };
	uint64_t ends, depth, origin, raised;
	static const enum import_origin origins[] = {
		IMPORT_UNKNOWN, IMPORT_BUILT_IN, IMPORT_FROZEN, IMPORT_MPY, IMPORT_SOURCE,
	};

	if (!printed_skip(&s, IMPORTS_FRAME_BEGIN) || !printed_number(&s, &ends) || !printed_skip(&s, ", ") ||
	    !printed_number(&s, &depth) || !printed_skip(&s, ", ") || !printed_number(&s, &frame.used_bytes) ||
	    !printed_skip(&s, ", ") || !printed_count(&s, &frame.n_touched_blocks) || !printed_skip(&s, ", ") ||
	    !printed_text(&s, frame.name, sizeof(frame.name)) || !printed_skip(&s, ", ") ||
	    (!printed_skip(&s, "None") && !printed_text(&s, frame.file, sizeof(frame.file))) ||
	    !printed_skip(&s, ", ") || !printed_number(&s, &origin) || !printed_skip(&s, ", ") ||
	    !printed_number(&s, &raised) || !printed_skip(&s, ", ") || !printed_number(&s, &frame.collected_bytes))
		return -EINVAL;
	if (!printed_end(&s) || ends > 1 || raised > 1 || origin >= ARRAY_SIZE(origins) || depth > UINT32_MAX)
		return -EINVAL;
	frame.ends = ends;
	frame.raised = raised;
	frame.depth = (uint32_t)depth;
	frame.origin = origins[origin];
	*ret = frame;
	*ret_n = (size_t)(s.p - text);
	return 0;
}
