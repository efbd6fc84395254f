#include "memprof/analysis/imports.h"

#include "cases.h"

static struct imports imports;

UNIT_BEFORE(set_up) { imports = (struct imports){ .error = 0 }; }

UNIT_AFTER(tear_down)
{
	imports_deinit(&imports);
	imports_deinit(&imports); /* it is safe twice */
}

static void begins(uint32_t depth, const char *name, uint64_t most, uint64_t used)
{
	imports_add(&imports, &(struct import_event){ .depth = depth,
						      .name = name,
						      .most_used_bytes = most,
						      .used_bytes = used,
						      .lfb_bytes = 100000 - used });
}

static void ends(uint32_t depth, const char *name, uint64_t most, uint64_t used)
{
	imports_add(&imports, &(struct import_event){ .ends = true,
						      .depth = depth,
						      .name = name,
						      .file = "f.py",
						      .origin = IMPORT_SOURCE,
						      .most_used_bytes = most,
						      .used_bytes = used,
						      .lfb_bytes = 100000 - used });
}

static uint64_t number(const char *word) { return word && word[0] != '?' ? strtoull(word, NULL, 0) : NOT_KNOWN; }

static void put_row(const struct import_row *row, struct strbuf *ret)
{
	strbuf_printf(ret, "%*s%s kept %lld, own %lld, peak %s%llu", 2 * (int)row->depth, "", row->name,
		      (long long)row->kept_bytes, (long long)row->own_bytes, row->peak_is_least ? ">=" : "",
		      (unsigned long long)row->peak_bytes);
	if (row->parent != IMPORTS_NONE)
		strbuf_printf(ret, ", in %s", imports.rows[row->parent].name);
	case_put(ret, "before", row->before_lfb_bytes);
	case_put(ret, "after", row->after_lfb_bytes);
	strbuf_printf(ret, "%s%s%s%s", row->file ? ", of " : "", row->file ? row->file : "", row->cut ? ", cut" : "",
		      row->raised ? ", raised" : "");
	strbuf_puts(ret, row->again ? ", again\n" : "\n");
}

/* "begin" or "end", depth, name, the most that was used, what is; "least", "raised", "built-in", "no-lfb", "of=FILE".
 */
static void answer(char *input, struct strbuf *ret)
{
	for (char *line, *w[9]; (line = case_line(&input));) {
		case_words(line, w, ARRAY_SIZE(w));
		struct import_event e = { .ends = strcmp(w[0], "end") == 0,
					  .depth = (uint32_t)atoi(w[1]),
					  .name = w[2],
					  .most_used_bytes = number(w[3]),
					  .used_bytes = number(w[4]),
					  .lfb_bytes = 100000 - number(w[4]) };
		for (char **word = w + 5; *word; word++) {
			e.most_is_least |= strcmp(*word, "least") == 0;
			e.raised |= strcmp(*word, "raised") == 0;
			e.origin = strcmp(*word, "built-in") == 0 ? IMPORT_BUILT_IN : e.origin;
			if (strcmp(*word, "no-lfb") == 0)
				e.lfb_bytes = NOT_KNOWN;
			if (strncmp(*word, "of=", 3) == 0)
				e.file = *word + 3;
		}
		char *escape = strchr(w[2], '^');
		if (escape)
			*escape = '\x1b';
		imports_add(&imports, &e);
	}
	imports_end(&imports);
	imports_end(&imports);
	assert_int_equal(imports.error, 0);
	for (size_t i = 0; i < imports.n_rows; i++)
		put_row(&imports.rows[i], ret);
}

UNIT_CASES("analysis/imports/imports.cases", answer)

UNIT_TEST(too_many_and_too_deep)
{
	for (uint32_t i = 0; i < IMPORTS_DEPTH_MAX + 10; i++)
		begins(i, "d", i, i);
	for (uint32_t i = IMPORTS_DEPTH_MAX + 10; i-- > 0;)
		ends(i, "d", 1000, 500);
	assert_int_equal(imports.n_rows, IMPORTS_DEPTH_MAX);
	assert_u64_equal(imports.n_more, 10);
	assert_u64_equal(imports.rows[0].peak_bytes, 1000);
	for (uint32_t i = 0; i < IMPORTS_MAX; i++) {
		begins(0, "x", 0, 0);
		begins(1, "y", 0, 0);
		ends(1, "y", 0, 0);
		ends(0, "x", 0, 1);
	}
	imports_end(&imports);
	assert_int_equal(imports.n_rows, IMPORTS_MAX);
	assert_u64_equal(imports.n_more, 10 + 2 * IMPORTS_MAX - (IMPORTS_MAX - IMPORTS_DEPTH_MAX));
	assert_int_equal(imports.error, 0);
}

UNIT_TEST(any_events)
{
	uint32_t random = 77;

	for (int round = 0; round < 200; round++) {
		imports = (struct imports){ .error = 0 };
		for (int i = 0; i < 100; i++) {
			uint64_t used = (uint64_t)next_random(&random) << next_random(&random) % 40;
			imports_add(&imports, &(struct import_event){
						      .ends = next_random(&random) & 1,
						      .depth = next_random(&random) % 5,
						      .name = "n",
						      .used_bytes = used,
						      .most_used_bytes = next_random(&random) & 1 ? NOT_KNOWN : used,
					      });
		}
		imports_end(&imports);
		for (size_t i = 0; i < imports.n_rows; i++) {
			const struct import_row *row = &imports.rows[i];
			assert_true(row->parent == IMPORTS_NONE ?
					    row->depth == 0 :
					    row->parent < i && imports.rows[row->parent].depth + 1 == row->depth);
			assert_true(row->kept_bytes < 0 || row->peak_bytes >= (uint64_t)row->kept_bytes);
			assert_true(row->peak_bytes <= IMPORTS_BYTES_MAX);
		}
		imports_deinit(&imports);
	}
}
