/* Functions and lines of addresses, as addr2line has them. tests/data/elf/call-sites.c is the source of the samples. */
#include "memprof/image/call_sites.h"

#include "sample.h"
#include "unit.h"

static struct image image;
static struct sample sample;
static struct call_sites *sites;

UNIT_AFTER(end)
{
	call_sites_free(sites);
	sites = NULL;
	image_deinit(&image);
	sample_free(&sample);
}

static void open_sample(void)
{
	struct diag diag = { 0 };

	if (image_read(&image, "a.elf", (const char *)sample.bytes, sample.n_bytes, IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(call_sites_new(&image, (const char *)sample.bytes, sample.n_bytes, &sites), 0);
}

static void assert_frame(const struct call_site *site, size_t i, const char *function, const char *file, uint32_t line)
{
	assert_non_null(site);
	assert_true(i < site->n_frames);
	assert_string_equal(site->frames[i].function, function);
	if (file)
		assert_string_equal(site->frames[i].file, file);
	else
		assert_null(site->frames[i].file);
	assert_int_equal(site->frames[i].line, line);
}

UNIT_TEST(functions_that_were_inlined)
{
	sample_read("elf/arm-call-sites.elf", &sample);
	open_sample();
	const struct call_site *site = call_sites_find(sites, 0x8041, true); /* Thumb */
	assert_frame(site, 0, "buffer_new", "call-sites.c", 18);
	assert_frame(site, 1, "http_read", "call-sites.c", 27);
	assert_frame(site, 2, "serve", "call-sites.c", 35);
	assert_int_equal(site->n_frames, 3);
	assert_ptr_equal(call_sites_find(sites, 0x8040, true), site);
	site = call_sites_find(sites, 0x8051, true);
	assert_frame(site, 0, "serve", "call-sites.c", 36);
	assert_int_equal(site->n_frames, 1);
}

/* The last instruction of a function may be a call that does not return. */
UNIT_TEST(a_return_address_is_behind_the_call)
{
	sample_read("elf/arm-call-sites.elf", &sample);
	open_sample();
	assert_frame(call_sites_find(sites, 0x8058, false), 0, "start", "call-sites.c", 42);
	assert_frame(call_sites_find(sites, 0x8056, true), 0, "serve", "call-sites.c", 37);
	assert_frame(call_sites_find(sites, 0x8060, false), 0, "start", "call-sites.c", 43);
	assert_frame(call_sites_find(sites, 0x8061, true), 0, "start", "call-sites.c", 42);
}

UNIT_TEST(addresses_of_nothing)
{
	sample_read("elf/arm-call-sites.elf", &sample);
	open_sample();
	static const uint64_t none[] = { 0, 1, 2, 0x8001, 0x20000000, UINT32_MAX, UINT64_MAX };
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		assert_null(call_sites_find(sites, none[i], true));
		assert_null(call_sites_find(sites, none[i], false));
	}
}

UNIT_TEST(symbols_alone)
{
	sample_read("elf/arm-call-sites-g0.elf", &sample);
	open_sample();
	const struct call_site *site = call_sites_find(sites, 0x8041, true);
	assert_frame(site, 0, "serve", NULL, 0);
	assert_int_equal(site->n_frames, 1);
	assert_null(call_sites_find(sites, 0x7000, true));
}

/* Other processors, DWARF of other compilers, compressed sections: each function is found at its beginning. */
UNIT_TEST(each_sample_names_its_functions)
{
	static const char *const names[] = { "elf/arm-lines.elf",    "elf/arm-lines-z.elf", "elf/riscv-bfd-a.elf",
					     "elf/xtensa-bfd-a.elf", "elf/avr-bfd-a.elf",   "elf/x86-gold.elf" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n_functions = 0;
		sample_read(names[i], &sample);
		open_sample();
		for (size_t k = 0; k < image.n_symbols; k++) {
			const struct image_symbol *s = &image.symbols[k];
			if (s->kind != 'f' || s->size_bytes == 0)
				continue;
			if (s->address > 0)
				assert_non_null(call_sites_find(sites, s->address, false));
			n_functions++;
		}
		assert_true(n_functions > 2);
		end();
	}
}

/* Many addresses are many lies: they end in a bound, and what is known stays. */
UNIT_TEST(a_board_that_lies)
{
	sample_read("elf/arm-call-sites.elf", &sample);
	open_sample();
	const struct call_site *site = call_sites_find(sites, 0x8041, true);
	for (uint64_t i = 0; i < CALL_SITES_MAX + 100; i++)
		call_sites_find(sites, UINT64_C(0x100000000) + 2 * i, true);
	assert_ptr_equal(call_sites_find(sites, 0x8041, true), site);
	assert_null(call_sites_find(sites, 0x8051, true)); /* too late */
}

/* Every byte of its debug information damaged in turn: names may be wrong, nothing breaks. */
UNIT_TEST(damaged_debug_information)
{
	sample_read("elf/arm-call-sites.elf", &sample);
	for (size_t at = 0x34; at < sample.n_bytes; at += 3) {
		struct diag diag = { 0 };
		uint8_t was = sample.bytes[at];
		sample.bytes[at] ^= 0xff;
		if (image_read(&image, "a.elf", (const char *)sample.bytes, sample.n_bytes, IMAGE_WANT_SYMBOLS,
			       &diag) == 0) {
			assert_int_equal(call_sites_new(&image, (const char *)sample.bytes, sample.n_bytes, &sites), 0);
			for (uint64_t address = 0x8020; address < 0x8070; address += 4)
				call_sites_find(sites, address, false);
		}
		call_sites_free(sites);
		sites = NULL;
		image_deinit(&image);
		sample.bytes[at] = was;
	}
}
