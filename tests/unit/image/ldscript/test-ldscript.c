/* Statements of linker scripts, what is included, bounds, and scripts of real boards. */
#include "memprof/image/ldscript.h"

#include "ldscripts.h"
#include "sample.h"
#include "tests_dir.h"

static struct ldscript s;

UNIT_AFTER(tear_down) { ldscript_deinit(&s); }

static const struct ldscript_note *note_with(const char *part)
{
	for (size_t i = 0; i < s.n_notes; i++)
		if (strstr(s.notes[i].text, part))
			return &s.notes[i];
	return NULL;
}

static void step_ld(char *script, struct strbuf *ret) { answer_script(script, NULL, ret); }

static void step_cpp(char *text, struct strbuf *ret)
{
	unescape(text);
	strbuf_puts(ret, ldscript_needs_cpp(text, strlen(text)) ? "needed" : "not needed");
}

static void step(char *line, struct strbuf *ret)
{
	case_run((const struct case_verb[]){ { "ld", step_ld }, { "cpp", step_cpp }, { 0 } }, line, ret);
}

UNIT_STEPS("image/ldscript/ldscript.cases", step)

UNIT_TEST(other_statements_are_skipped)
{
	read_script(
		"\xef\xbb\xbfOUTPUT_FORMAT(\"elf32-littlearm\", \"b)\", \"c\") OUTPUT_ARCH(arm) ENTRY(_start) SEARCH_DIR(\"/x\");\n"
		"GROUP(-lgcc AS_NEEDED(-lc)) INPUT(a.o,b.o) STARTUP(crt0.o) EXTERN(a b) NOCROSSREFS(.a .b)\n"
		"PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD; } VERSION { V1 { global: *; }; }\n"
		"LD_FEATURE(\"SANE_EXPR\") SECTIONS { } INSERT AFTER .text;\n"
		"x = 1, y = 2;;; SECTIONS { z = 3; }\n",
		NULL, &s);
	assert_comes_to(&s, "others", "x=1 y=2 z=3");
	assert_int_equal(s.n_notes, 0);
}

UNIT_TEST(symbols_know_their_places)
{
	uint64_t value;

	read_script("a = 1;\n  b = c;\nPROVIDE(d = 2);\n a = 3;", NULL, &s);
	assert_int_equal(ldscript_symbol(&s, "a")->at.line, 4);
	assert_int_equal(ldscript_symbol(&s, "a")->at.col, 2);
	assert_string_equal(ldscript_symbol(&s, "a")->at.file, "t.ld");
	assert_true(ldscript_symbol(&s, "a")->assigned);
	assert_false(ldscript_symbol(&s, "c")->assigned);
	assert_int_equal(ldscript_symbol(&s, "c")->at.line, 2);
	assert_null(ldscript_symbol(&s, "e"));
	assert_null(ldscript_region(&s, "e"));
	assert_true(ldscript_value(&s, "a", &value));
	assert_u64_equal(value, 3);
}

/* ---- several texts, --defsym ---- */

UNIT_TEST(scripts_in_order_are_one)
{
	static const char *const defsyms[] = { "_codesize=0x2A000", "_fs_size=128K - 4K" };
	static const struct ldscript_options options = { .defsyms = defsyms, .n_defsyms = 2 };
	struct ldscript_text texts[] = {
		{ "a.ld", "firmware_size = 1532k;", 0 },
		{ "b.ld",
		  "size = DEFINED(firmware_size) ? firmware_size : 1020K; fs = DEFINED(_fs_size) ? _fs_size : 0;\n"
		  "MEMORY { F : ORIGIN = 0, LENGTH = _codesize }",
		  0 },
	};
	struct diag diag = { .text = "" };

	for (size_t i = 0; i < 2; i++)
		texts[i].n_bytes = strlen(texts[i].bytes);
	assert_int_equal(ldscript_read(&s, texts, 2, &options, &diag), 0);
	assert_comes_to(&s, "two", "size=0x17f000 fs=0x1f000 F@0+0x2a000");
	assert_string_equal(s.regions[0].at.file, "b.ld");
	assert_int_equal(s.regions[0].at.line, 2);
	ldscript_deinit(&s);
	assert_int_equal(ldscript_read(&s, NULL, 0, NULL, &diag), 0);
	ldscript_deinit(&s);
	check_refused("", &(struct ldscript_options){ .defsyms = (const char *const[]){ "x" }, .n_defsyms = 1 },
		      -EINVAL, 0, 0, "--defsym takes NAME=VALUE, not 'x'");
	check_refused("", &(struct ldscript_options){ .defsyms = (const char *const[]){ "x=+" }, .n_defsyms = 1 },
		      -EINVAL, 1, 6, "expected a number");
	check_refused(
		"", &(struct ldscript_options){ .defsyms = (const char *const[]){ "x=1; INCLUDE y" }, .n_defsyms = 1 },
		0, 0, 0, "");
}

/* ---- INCLUDE ---- */

static const struct ldscript_text files[] = {
	{ "common.ld", "in_common = 1;\nSECTIONS { INCLUDE sections.ld }", 0 },
	{ "sections.ld", ".a : { INCLUDE \"body.ld\" } > RAM", 0 },
	{ "body.ld", "*(.a) in_body = ABSOLUTE(4);", 0 },
	{ "flash.ld", "FLASH(rx) : ORIGIN = 0x10000000, LENGTH = (4 * 1024 * 1024)", 0 },
	{ "one.ld", "INCLUDE two.ld", 0 },
	{ "two.ld", "\nINCLUDE one.ld", 0 },
	{ "broken.ld", "x = 1;\ny = ;", 0 },
	{ "half.ld", "SECTIONS {", 0 },
	{ "wide.ld", "INCLUDE empty.ld\nINCLUDE empty.ld\nINCLUDE empty.ld\n", 0 },
	{ "empty.ld", "", 0 },
};

static int include(void *ctx, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag)
{
	unsigned *n_asked = ctx, depth;

	++*n_asked;
	if (sscanf(name, "deep%u.ld", &depth) == 1) {
		static char names[32][16], texts[32][32];
		snprintf(names[depth], sizeof(names[0]), "deep%u.ld", depth);
		snprintf(texts[depth], sizeof(texts[0]), "d%u = 1; INCLUDE deep%u.ld", depth, depth + 1);
		*ret = (struct ldscript_text){ names[depth], texts[depth], strlen(texts[depth]) };
		return 0;
	}
	if (strcmp(name, "locked.ld") == 0)
		return diag_set(diag, -EACCES, "locked.ld may not be read");
	if (strcmp(name, "body.ld") == 0)
		assert_string_equal(from, "sections.ld");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(files[i].name, name) != 0)
			continue;
		*ret = files[i];
		ret->n_bytes = strlen(ret->bytes);
		return 0;
	}
	return -ENOENT;
}

UNIT_TEST(included_texts_are_part_of_it)
{
	unsigned n_asked = 0;
	const struct ldscript_options options = { .include = include, .ctx = &n_asked };

	read_script("MEMORY { INCLUDE \"flash.ld\" RAM : o = 1, l = 2 }\nINCLUDE common.ld;\nx = in_common + 1;",
		    &options, &s);
	assert_comes_to(&s, "included", "x=2 in_body=4 FLASH@0x10000000+0x400000 RAM@1+2");
	assert_int_equal(n_asked, 4);
	assert_int_equal(s.n_notes, 0);
	ldscript_deinit(&s);

	read_script("x = 1;\nINCLUDE boards/nowhere.ld\ny = 2;", &options, &s);
	assert_comes_to(&s, "missing", "x=1 y=2");
	assert_int_equal(s.n_notes, 1);
	assert_int_equal(s.notes[0].at.line, 2);
	assert_int_equal(s.notes[0].at.col, 9);
	assert_non_null(strstr(s.notes[0].text, "boards/nowhere.ld not found: left out"));
}

UNIT_TEST(includes_have_bounds)
{
	CLEANUP(strbuf_deinit) struct strbuf many = STRBUF_INIT;
	unsigned n_asked = 0;
	const struct ldscript_options options = { .include = include, .ctx = &n_asked };
	struct ldscript_text text = { "t.ld", "\nINCLUDE broken.ld", 18 };
	struct diag diag = { .text = "" };

	check_refused("INCLUDE one.ld", &options, -EINVAL, 2, 9, "one.ld includes itself");
	check_refused("INCLUDE deep0.ld", &options, -EINVAL, 1, 17, "included more than 10 deep");
	check_refused("INCLUDE locked.ld", &options, -EACCES, 1, 9, "locked.ld may not be read");
	check_refused("INCLUDE half.ld }", &options, -EINVAL, 1, 10, "nothing closes this '{'");
	assert_int_equal(ldscript_read(&s, &text, 1, &options, &diag), -EINVAL);
	assert_string_equal(diag.at.file, "broken.ld");
	assert_int_equal(diag.at.line, 2);
	ldscript_deinit(&s);
	strbuf_repeat(&many, "INCLUDE wide.ld\n", LDSCRIPT_INCLUDES_MAX);
	check_refused(strbuf_text(&many), &options, -EINVAL, 251, 9, "more than 1000 files are included");
}

UNIT_TEST(texts_have_bounds)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;

	strbuf_repeat(&text, " ", LDSCRIPT_TEXT_MAX_BYTES);
	read_script(strbuf_text(&text), NULL, &s);
	ldscript_deinit(&s);
	strbuf_putc(&text, ' ');
	check_refused(strbuf_text(&text), NULL, -EFBIG, 0, 0, "more than 4 MiB");

	strbuf_reset(&text);
	strbuf_puts(&text, "MEMORY {");
	for (unsigned i = 0; i <= 256; i++)
		strbuf_printf(&text, " R%u : o = %u, l = 1", i, i);
	strbuf_puts(&text, " }");
	struct ldscript_text many = { "t.ld", strbuf_text(&text), text.n_bytes };
	struct diag diag = { .text = "" };
	assert_int_equal(ldscript_read(&s, &many, 1, NULL, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 256 regions"));
	ldscript_deinit(&s);

	strbuf_reset(&text);
	strbuf_repeat(&text, "REGION_ALIAS(A, R)\n", 1000);
	read_script(strbuf_text(&text), NULL, &s);
	assert_int_equal(s.n_notes, LDSCRIPT_NOTES_MAX);
	assert_int_equal(s.n_notes_all, 1000);
}

/* ---- scripts that were linked ---- */

/* What the map says of symbols and regions; what memprof does not know is counted. */
UNIT_TEST(features_agree_with_the_linker)
{
	struct sample script, map;
	struct diag diag = { .text = "" };
	unsigned n_symbols = 0, n_open = 0, n_regions = 0;

	sample_read("ld/features.ld", &script);
	sample_read("ld/features.map", &map);
	struct ldscript_text text = { "features.ld", (const char *)script.bytes, script.n_bytes };
	assert_int_equal(ldscript_read(&s, &text, 1, NULL, &diag), 0);
	map.bytes[map.n_bytes] = '\0';
	for (char *line = strtok((char *)map.bytes, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long long value, length;
		char name[64], sign[8];
		if (sscanf(line, "%63s 0x%llx 0x%llx %7[xrw!]", name, &value, &length, sign) == 4 &&
		    ldscript_region(&s, name)) {
			const struct ldscript_region *r = ldscript_region(&s, name);
			assert_u64_equal(r->origin.value, value);
			assert_u64_equal(r->length.value, length);
			n_regions++;
		}
		if (sscanf(line, " 0x%llx %63s %7s", &value, name, sign) != 3 || strcmp(sign, "=") != 0 ||
		    name[0] == '.')
			continue;
		uint64_t ours;
		if (ldscript_value(&s, name, &ours)) {
			assert_u64_equal(ours, value);
			n_symbols++;
		} else {
			n_open++;
		}
	}
	assert_int_equal(n_regions, 4);
	assert_int_equal(n_symbols, 7);
	assert_int_equal(n_open, 6);
	assert_int_equal(s.n_notes, 0);
	sample_free(&script);
	sample_free(&map);
}

UNIT_TEST(sample_has_its_sections)
{
	struct sample script;
	struct diag diag = { .text = "" };

	sample_read("ld/sample.ld", &script);
	struct ldscript_text text = { "sample.ld", (const char *)script.bytes, script.n_bytes };
	assert_int_equal(ldscript_read(&s, &text, 1, NULL, &diag), 0);
	assert_comes_to(&s, "sample.ld",
			"FLASH@0x08000000+0x10000 RAM@0x20000000+0x4000 EXT@0x90000000+0x100000 _estack=0x20004000"
			" _sidata=- _ebss=-");
	assert_int_equal(s.n_sections, 10);
	sample_free(&script);
}

/* ---- scripts of real boards, beside the project ---- */

#define SHARED TESTS_DIR "/../../shared/data/static/ld/"

static char *read_shared(const char *name, size_t *ret_bytes)
{
	char path[512];

	snprintf(path, sizeof(path), SHARED "%s", name);
	FILE *file = fopen(path, "rb");
	if (!file)
		return NULL;
	char *bytes = malloc(100000);
	assert_non_null(bytes);
	*ret_bytes = fread(bytes, 1, 100000, file);
	fclose(file);
	return bytes;
}

UNIT_TEST(values_of_real_boards)
{
	static const struct {
		const char *files[2];
		const char *defsyms[2];
		const char *expected;
		const char *note;
	} rows[] = {
		{ { "micropython-stm32f405.ld" },
		  { NULL },
		  "FLASH@0x08000000+0x100000 FLASH_START@0x08000000+0x4000 FLASH_FS@0x08004000+0x1c000"
		  " FLASH_TEXT@0x08020000+0xe0000 CCMRAM@0x10000000+0x10000 RAM@0x20000000+0x20000 _estack=- _ram_end=0x20020000"
		  " _micropy_hw_internal_flash_storage_start=0x08004000 _micropy_hw_internal_flash_storage_end=0x08020000",
		  NULL },
		{ { "micropython-stm32f405.ld" },
		  { "_estack_reserve=8" },
		  "_estack=0x2001fff8 _sstack=0x2001bff8",
		  NULL },
		{ { "micropython-stm32h743.ld" },
		  { NULL },
		  "FLASH@0x08000000+0x180000 FLASH_APP@0x08020000+0x160000 FLASH_FS@0x08180000+0x80000 DTCM@0x20000000+0x20000"
		  " RAM@0x24000000+0x80000 RAM_D2@0x30000000+0x48000"
		  " _micropy_hw_internal_flash_storage_ram_cache_start=0x20000000",
		  NULL },
		{ { "micropython-samd51x19a.ld" },
		  { NULL },
		  "FLASH@0x4000+- RAM@0x20000000+0x30000 _flashsize=0x80000 _oflash_fs=- _sflash_fs=-",
		  NULL },
		{ { "micropython-samd51x19a.ld" },
		  { "_codesize=0x2A000", "_micropy_hw_romfs_part0_size=0" },
		  "FLASH@0x4000+0x2a000 _oflash_fs=0x2e000 _sflash_fs=0x52000",
		  NULL },
		{ { "micropython-nrf52840_1M_256k.ld", "micropython-nrf-memory.ld" },
		  { NULL },
		  "_app_start=0 _fs_size=0x10000 _micropy_hw_romfs_part0_size=0x40000 _app_size=0xb0000 FLASH_TEXT@0+0xb0000"
		  " RAM@0x20000000+0x40000 _fs_start=0xf0000 _fs_end=0x100000 _heap_start=-",
		  NULL },
		{ { "micropython-esp8266_2MiB.ld" },
		  { NULL },
		  "dport0_0_seg@0x3ff00000+16 dram0_0_seg@0x3ffe8000+0x14000 iram1_0_seg@0x40100000+0x8000"
		  " irom0_0_seg@0x40209000+0xf7000",
		  "boards/esp8266_common.ld not found: left out" },
		{ { "circuitpython-pico2w-link.ld" }, { NULL }, "firmware_size=0x17f000", NULL },
	};
	unsigned n_skipped = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ldscript_options options = { .defsyms = rows[i].defsyms };
		struct ldscript_text texts[2];
		struct diag diag = { .text = "" };
		size_t n = 0;
		bool there = true;
		for (; n < 2 && rows[i].files[n] && there; n++) {
			texts[n] = (struct ldscript_text){ .name = rows[i].files[n] };
			texts[n].bytes = read_shared(rows[i].files[n], &texts[n].n_bytes);
			there = texts[n].bytes != NULL;
		}
		while (options.n_defsyms < 2 && options.defsyms[options.n_defsyms])
			options.n_defsyms++;
		if (there) {
			if (ldscript_read(&s, texts, n, &options, &diag) != 0)
				fail_msg("%s:%u: %s", diag.at.file, (unsigned)diag.at.line, diag.text);
			assert_comes_to(&s, rows[i].files[0], rows[i].expected);
			assert_int_equal(s.n_notes, rows[i].note != NULL);
			if (rows[i].note)
				assert_non_null(note_with(rows[i].note));
			ldscript_deinit(&s);
		}
		n_skipped += !there;
		while (n-- > 0)
			free((char *)(uintptr_t)texts[n].bytes);
	}
	if (n_skipped)
		print_message("# %u of %zu real scripts are not here\n", n_skipped, ARRAY_SIZE(rows));
	if (n_skipped == ARRAY_SIZE(rows))
		skip();
}
