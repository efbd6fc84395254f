#include "memprof/base/strbuf.h"

#include "unit.h"

UNIT_TEST(starts_empty_and_is_never_null)
{
	struct strbuf s = STRBUF_INIT;

	assert_string_equal(strbuf_text(&s), "");
	assert_int_equal(s.n_bytes, 0);
	assert_int_equal(strbuf_error(&s), 0);
	strbuf_deinit(&s);
	strbuf_deinit(&s);
}

UNIT_TEST(appends_all_kinds_of_text)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_puts(&s, "heap");
	strbuf_putc(&s, ' ');
	strbuf_printf(&s, "%d of %s", 64, "K");
	strbuf_repeat(&s, "=-", 3);
	strbuf_repeat(&s, "never", 0);
	strbuf_add(&s, "!?", 1);
	strbuf_add(&s, NULL, 0);
	strbuf_puts(&s, "");
	assert_string_equal(strbuf_text(&s), "heap 64 of K=-=-=-!");
	assert_int_equal(s.n_bytes, strlen("heap 64 of K=-=-=-!"));
	assert_int_equal(strbuf_error(&s), 0);
}

UNIT_TEST(keeps_nul_bytes)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_add(&s, "a\0b", 3);
	strbuf_putc(&s, '\0');
	strbuf_puts(&s, "c");
	assert_int_equal(s.n_bytes, 5);
	assert_memory_equal(strbuf_text(&s), "a\0b\0c", 6);
}

/* A length of every size around those at which memory grows. */
UNIT_TEST(grows_by_any_amount)
{
	for (size_t n = 0; n < 300; n++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		for (size_t i = 0; i < 3; i++)
			strbuf_printf(&s, "%*s", (int)n, "");
		strbuf_putc(&s, '.');
		assert_int_equal(s.n_bytes, 3 * n + 1);
		assert_int_equal(strlen(strbuf_text(&s)), 3 * n + 1);
		assert_true(s.cap_bytes > s.n_bytes);
	}
}

UNIT_TEST(numbers)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_decimal(&s, 0);
	strbuf_putc(&s, ' ');
	strbuf_decimal(&s, 12345);
	strbuf_putc(&s, ' ');
	strbuf_decimal(&s, UINT64_MAX);
	assert_string_equal(strbuf_text(&s), "0 12345 18446744073709551615");
}

UNIT_TEST(reset_keeps_the_memory)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_repeat(&s, "0123456789", 100);
	const char *text = s.text;
	strbuf_reset(&s);
	assert_int_equal(s.n_bytes, 0);
	assert_string_equal(strbuf_text(&s), "");
	strbuf_repeat(&s, "9876543210", 100);
	assert_ptr_equal(s.text, text);
}

/* Nothing can hold half of all memory, so this fails before anything is copied. */
UNIT_TEST(remembers_its_failure)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	assert_false(strbuf_any_failed());
	strbuf_puts(&s, "kept");
	strbuf_add(&s, "x", SIZE_MAX / 2);
	assert_int_equal(strbuf_error(&s), -ENOMEM);
	strbuf_puts(&s, "lost");
	strbuf_putc(&s, 'l');
	strbuf_printf(&s, "%d", 1);
	strbuf_decimal(&s, 1);
	assert_string_equal(strbuf_text(&s), "kept");
	assert_int_equal(strbuf_error(&s), -ENOMEM);
	strbuf_reset(&s);
	strbuf_puts(&s, "again");
	assert_int_equal(strbuf_error(&s), 0);
	assert_true(strbuf_any_failed());
	assert_string_equal(strbuf_text(&s), "again");
}
