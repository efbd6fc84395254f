/* Maps against the ELFs of the same link: nothing has changed. */

#include "memprof/analysis/diff.h"
#include "sample.h"
#include "unit.h"

struct input {
	struct sample file;
	struct image image;
};

static bool read_input(struct input *ret, const char *name, const char *ending, bool shared)
{
	char path[300];
	struct diag diag = { 0 };

	snprintf(path, sizeof(path), "images/%s.%s", name, ending);
	if (!shared)
		sample_read(path, &ret->file);
	else if (!sample_read_shared(path, &ret->file))
		return false;
	if (image_read(&ret->image, ret->file.name, (const char *)ret->file.bytes, ret->file.n_bytes,
		       IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%s: %s", path, diag.text);
	return true;
}

static void input_deinit(struct input *input)
{
	image_deinit(&input->image);
	sample_free(&input->file);
	*input = (struct input){ 0 };
}

static void compare(const char *name, struct image *old, struct image *new)
{
	const struct diff_options options = { 0 };
	struct diff diff = { 0 };
	struct diag diag = { 0 };

	if (diff_images(&diff, old, new, NULL, &options, &diag) < 0)
		fail_msg("%s: %s", name, diag.text);
	for (unsigned t = 0; t < DIFF_POOLS; t++)
		if (diff.lists[t].n_rows)
			fail_msg("%s: %zu rows of %s; the first is %s %s", name, diff.lists[t].n_rows,
				 diff_table_name((enum diff_table)t), diff.lists[t].rows[0].name,
				 diff_change_name(diff.lists[t].rows[0].change));
	diff_deinit(&diff);
}

static bool is_equal_to_its_elf(const char *name, bool shared)
{
	struct input map = { 0 }, elf = { 0 }, again = { 0 };
	bool there = read_input(&map, name, "map", shared);

	if (there) {
		read_input(&elf, name, "elf", shared);
		compare(name, &map.image, &elf.image);
		compare(name, &elf.image, &map.image);
		read_input(&again, name, "map", shared);
		assert_int_equal(image_join(&again.image, &elf.image), 0);
		compare(name, &map.image, &again.image);
		compare(name, &again.image, &elf.image);
	}
	input_deinit(&again); /* borrows from the ELF */
	input_deinit(&elf);
	input_deinit(&map);
	return there;
}

UNIT_TEST(a_map_is_equal_to_its_elf)
{
	is_equal_to_its_elf("arm-bfd-a", false);
	is_equal_to_its_elf("riscv64-bfd-a", false);
	is_equal_to_its_elf("riscv64-bfd-b", false);
}

UNIT_TEST(so_is_that_of_a_real_firmware)
{
	static const char *const names[] = {
		"arm-bfd-a",           "arm-lld-a",          "arm-lto-a",          "avr-bfd-a",
		"lua-bfd-a",           "lua-bfd-lto-a",      "lua-gold-a",         "lua-gold-lto-a",
		"lua-lld-a",           "lua-mold-a",         "micropython-qemu-a", "micropython-rp2-a",
		"micropython-rp2-b",   "micropython-unix-a", "minigzip-bfd-b",     "minigzip-bfd-lto-b",
		"minigzip-gold-lto-b", "riscv-bfd-a",        "riscv64-bfd-a",      "riscv64-bfd-b",
		"xtensa-bfd-a",
	};
	size_t n_absent = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		n_absent += !is_equal_to_its_elf(names[i], true);
	if (n_absent) {
		print_message("%zu of %zu pairs are not there\n", n_absent, ARRAY_SIZE(names));
		skip();
	}
}
