/* Properties of sections and regions by name, where there is no ELF: names chosen by linkers, compilers, SDKs and
 * macros. */
#include "section_names.h"

#include <string.h>

#include "memprof/base/glob.h"
#include "memprof/base/text.h"
#include "slice.h"

/* ---- output sections ---- */

bool name_is_one_of(const char *name, const char *const *globs, size_t n_globs)
{
	for (size_t i = 0; i < n_globs; i++)
		if (glob_match(globs[i], name))
			return true;
	return false;
}

bool section_name_is_debug(const char *name)
{
	return ONE_OF(name, ".debug*", ".zdebug*", ".comment", ".ARM.attributes", ".riscv.attributes",
		      ".gnu.attributes", ".xt.*", ".xtensa.info", ".stab*", ".mdebug*", ".gnu.lto*", ".gnu.debuglto*",
		      ".note.GNU-stack", ".note.gnu.gold-version", ".note.gnu.avr.deviceinfo", ".symtab", ".strtab",
		      ".shstrtab", "__c30_signature", ".MSP430.attributes", ".mspabi.attributes", ".pdr", ".gptab*",
		      ".reginfo");
}

bool section_name_is_reserved(const char *name) { return ONE_OF(name, "*[hH]eap*", "*HEAP*", "*[sS]tack*", "*STACK*"); }

bool section_name_is_known_reserve(const char *name)
{
	return ONE_OF(name, ".heap", ".stack", ".stack*_dummy", "._*heap*", "._*stack*", ".heap_dummy", "CSTACK",
		      "HEAP",                                                /* blocks of IAR */
		      "ARM_LIB_HEAP", "ARM_LIB_STACK", "ARM_LIB_STACKHEAP"); /* of armlink */
}

/* In the linker scripts of the Pico SDK. */
bool section_name_is_overlay(const char *name) { return ONE_OF(name, ".stack*_dummy", ".heap_dummy"); }

bool section_name_is_placeholder(const char *name) { return ONE_OF(name, "*.dummy", "*_noload", "*_dummy"); }

/* ---- input sections ---- */

bool section_name_keeps_room(struct image_slice name)
{
	static const char *const names[] = {
		".heap", ".stack", ".stack_dummy", ".heap_dummy", "HEAP", "STACK", "CSTACK"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

static bool starts_with_any(struct image_slice name, const char *const *prefixes, size_t n_prefixes)
{
	for (size_t i = 0; i < n_prefixes; i++)
		if (slice_starts(name, prefixes[i]))
			return true;
	return false;
}

bool section_name_is_zeroed(struct image_slice name)
{
	static const char *const prefixes[] = { ".bss", ".sbss", ".noinit", ".dynbss", ".tbss", "bss", "noinit",
						"COMMON", ".lbss", ".dynsbss", ".scommon",
						/* (NOLOAD) in scripts of ESP-IDF and Zephyr for ESP32s */
						".rtc_noinit", ".rtc_timer_data_in_rtc_mem", ".bootloader_data_rtc_mem",
						".ext_ram.bss", ".ext_ram_noinit" };

	return starts_with_any(name, prefixes, ARRAY_SIZE(prefixes));
}

bool section_name_has_contents(struct image_slice name)
{
	static const char *const prefixes[] = { ".text",
						".rodata",
						".data",
						".sdata",
						".srodata",
						".init",
						".fini",
						".ctors",
						".dtors",
						".preinit_array",
						".got",
						".ARM.ex",
						".tdata",
						".eh_frame",
						".literal",
						".vectors",
						".isr_vector",
						".eeprom",
						"__interrupt_vector",
						"__reset_vector",
						".rtc.text",
						".rtc.data",
						".rtc.rodata",
						".rtc.force" };

	return starts_with_any(name, prefixes, ARRAY_SIZE(prefixes));
}

static bool is_number(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		if (digit_of(text[i]) > 9)
			return false;
	return true;
}

/* ".rodata.str1.4", ".rodata.main.str1.1", ".rodata.cst16", ".rodata.12": shared by many functions, or no name. All end
 * with a digit, as few functions do: the cheap test comes first. */
static bool is_shared(struct image_slice name)
{
	return digit_of(name.text[name.n_bytes - 1]) < 10 &&
	       (is_number(name.text, name.n_bytes) || text_find(name.text, name.n_bytes, "str1.") ||
		(text_starts(name.text, name.n_bytes, "cst") && is_number(name.text + 3, name.n_bytes - 3)));
}

/* Shared by several functions on purpose: TinyUSB's __not_in_flash("tinyusb"), and the linker's own stubs behind a
 * function (binutils ld/emultempl/armelf.em, "%s.__stub"). */
static bool is_shared_by_name(struct image_slice name)
{
	static const struct image_slice stub = SLICE(".__stub");

	if (name.text[name.n_bytes - 1] != 'b') /* with which both end */
		return false;
	return slice_is(name, "tinyusb") ||
	       (name.n_bytes > stub.n_bytes &&
		memcmp(name.text + name.n_bytes - stub.n_bytes, stub.text, stub.n_bytes) == 0);
}

/* Where GCC puts rarely executed code, and data that needs relocation (gcc/varasm.cc). A function "exit" is more likely
 * than its .text.exit. */
static bool is_group(struct image_slice section)
{
	static const struct image_slice groups[] = {
		SLICE(".text.unlikely"),  SLICE(".text.startup"), SLICE(".text.hot"),          SLICE(".data.rel"),
		SLICE(".data.rel.local"), SLICE(".data.rel.ro"),  SLICE(".data.rel.ro.local"),
	};

	for (size_t i = 0; section.n_bytes <= sizeof(".data.rel.ro.local") - 1 && i < ARRAY_SIZE(groups); i++)
		if (slice_same(section, groups[i]))
			return true;
	return false;
}

/* Indexed by the second letter, the most frequent first; the first match counts. */
static const struct {
	char letter;
	struct image_slice prefixes[9];
} letters[] = {
	{ 't',
	  { SLICE(".text.unlikely."), SLICE(".text.startup."), SLICE(".text.hot."), SLICE(".text.exit."),
	    SLICE(".text."), SLICE(".tdata."), SLICE(".tbss."), SLICE(".time_critical.") } },
	{ 'r', { SLICE(".rodata."), SLICE(".ramfunc.") } },
	{ 'b', { SLICE(".bss.") } },
	{ 'd', { SLICE(".data.rel.ro.local."), SLICE(".data.rel.ro."), SLICE(".data.rel.local."), SLICE(".data.") } },
	{ 'l', { SLICE(".literal.") } },
	{ 's', { SLICE(".srodata."), SLICE(".sdata."), SLICE(".sbss."), SLICE(".scratch_x."), SLICE(".scratch_y.") } },
	{ 'n', { SLICE(".noinit.") } },
	/* With some above: what the macros of pico-sdk (sections.h) and of vendors' headers make of a name. */
	{ 'u', { SLICE(".uninitialized_data."), SLICE(".uninitialized_bss.") } },
	{ 'a', { SLICE(".after_data.") } },
	{ 'f', { SLICE(".flashdata.") } },
};

static const struct image_slice *prefixes_with(char letter)
{
	static const struct image_slice none = { NULL, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i].letter == letter)
			return letters[i].prefixes;
	return &none;
}

struct image_slice section_name_symbol(struct image_slice section)
{
	static const struct image_slice none = { "", 0 };

	if (section.n_bytes < 2 || section.text[0] != '.' || is_group(section))
		return none;
	for (const struct image_slice *p = prefixes_with(section.text[1]); p->n_bytes; p++) {
		uint32_t n = p->n_bytes;
		if (section.n_bytes <= n || section.text[n - 1] != '.' || memcmp(section.text, p->text, n) != 0)
			continue;
		struct image_slice name = { section.text + n, section.n_bytes - n };
		return is_shared(name) || is_shared_by_name(name) ? none : name;
	}
	return none;
}
