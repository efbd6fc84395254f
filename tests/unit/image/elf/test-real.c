/* ELFs of real builds beside the project, ../shared/data/images: left out where it is not. */
#include <glob.h>

#include "elf_truth.h"
#include "sample.h"
#include "tests_dir.h"
#include "unit.h"

#define IMAGES "../../../shared/data/images/" /* from tests/data */

static bool exists(const char *name)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/data/%s", TESTS_DIR, name);
	FILE *file = fopen(path, "rb");

	if (file)
		fclose(file);
	return file;
}

static void need(const char *name)
{
	if (!exists(name))
		skip();
}

static void read_image(struct image *image, const char *name, struct sample *file)
{
	struct diag diag;

	sample_read(name, file);
	if (image_read(image, name, (const char *)file->bytes, file->n_bytes, IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%s: %s", name, diag.text);
}

static void each_elf(void (*visit)(const char *name))
{
	glob_t found;

	need(IMAGES "arm-bfd-a.elf");
	assert_int_equal(glob(TESTS_DIR "/data/" IMAGES "*.elf", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char name[300];
		snprintf(name, sizeof(name), "%s", found.gl_pathv[i] + sizeof(TESTS_DIR "/data/") - 1);
		name[strlen(name) - 4] = '\0';
		visit(name);
	}
	globfree(&found);
}

/* ---- */

UNIT_TEST(sections_and_symbols_are_those_of_binutils) { each_elf(elf_truth_of); }

/* What ld counted for regions is what the join counts. */
static void join_of(const char *name)
{
	struct sample map_file, elf_file;
	struct image map, elf;
	char path[320];

	snprintf(path, sizeof(path), "%s.map", name);
	read_image(&map, path, &map_file);
	snprintf(path, sizeof(path), "%s.elf", name);
	read_image(&elf, path, &elf_file);
	uint64_t used_bytes = 0, used_with_elf_bytes = 0;
	for (size_t i = 0; i < map.n_regions; i++)
		used_bytes += map.regions[i].used_bytes;
	assert_int_equal(image_join(&map, &elf), 0);
	elf_truth_sums(&map);
	for (size_t i = 0; i < map.n_regions; i++)
		used_with_elf_bytes += map.regions[i].used_bytes;
	assert_u64_equal(used_with_elf_bytes, used_bytes);
	for (size_t i = 0; i < map.n_notes; i++)
		if (strstr(map.notes[i], "does not belong"))
			fail_msg("%s: %s", name, map.notes[i]);
	image_deinit(&map);
	image_deinit(&elf);
	sample_free(&map_file);
	sample_free(&elf_file);
}

UNIT_TEST(a_map_belongs_to_its_elf) { each_elf(join_of); }

struct frozen {
	const char *file, *module;
	uint64_t size_bytes;
};

static void assert_frozen(const struct frozen *expected, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sample file;
		struct image image;
		bool found = false;
		read_image(&image, expected[i].file, &file);
		for (size_t k = 0; k < image.n_frozen; k++) {
			if (strcmp(image.frozen[k].name, expected[i].module) != 0)
				continue;
			found = true;
			assert_u64_equal(image.frozen[k].size_bytes, expected[i].size_bytes);
		}
		if (!found)
			fail_msg("%s has no %s", expected[i].file, expected[i].module);
		image_deinit(&image);
		sample_free(&file);
	}
}

/* By the sizes of nm, added up by hand. */
UNIT_TEST(frozen_modules)
{
	static const struct frozen rows[] = {
		{ IMAGES "micropython-rp2-a.elf", "rp2.py", 2294 },
		{ IMAGES "micropython-rp2-a.elf", "_boot.py", 152 },
		{ IMAGES "micropython-rp2-a.elf", "_boot_fat.py", 130 },
		{ IMAGES "micropython-rp2-b.elf", "sensors.py", 566 },
		{ IMAGES "micropython-rp2-b.map", "sensors", 566 },
		{ IMAGES "micropython-rp2-b.map", "rp2", 2294 },
	};

	need(rows[0].file);
	assert_frozen(rows, ARRAY_SIZE(rows));
}

/* b has another module, and other strings. */
UNIT_TEST(a_module_that_stays_keeps_its_hash)
{
	struct sample files[2];
	struct image images[2];
	unsigned n = 0;

	need(IMAGES "micropython-rp2-a.elf");
	read_image(&images[0], IMAGES "micropython-rp2-a.elf", &files[0]);
	read_image(&images[1], IMAGES "micropython-rp2-b.elf", &files[1]);
	for (size_t i = 0; i < images[0].n_frozen; i++)
		for (size_t k = 0; k < images[1].n_frozen; k++) {
			if (strcmp(images[0].frozen[i].name, images[1].frozen[k].name) != 0)
				continue;
			assert_true(images[0].frozen[i].hashed);
			assert_memory_equal(images[0].frozen[i].sha256, images[1].frozen[k].sha256, 32);
			n++;
		}
	assert_int_equal(n, 3);
	for (size_t i = 0; i < 2; i++) {
		image_deinit(&images[i]);
		sample_free(&files[i]);
	}
}

UNIT_TEST(frozen_modules_of_a_map)
{
	static const struct frozen rows[] = {
		{ "../../../shared/data/static/maps/gnuld/micropython-qemu-mps2.map", "unittest___init__", 4271 },
		{ "../../../shared/data/static/maps/gnuld/micropython-qemu-mps2.map", "frozen_const", 380 },
	};

	need(rows[0].file);
	assert_frozen(rows, ARRAY_SIZE(rows));
}

UNIT_TEST(interned_strings)
{
	static const struct {
		const char *file;
		uint64_t n_strings;
	} rows[] = {
		{ IMAGES "micropython-rp2-a.elf", 750 + 73 + 217 },
		{ IMAGES "micropython-unix-a.elf", 489 + 217 },
		{ IMAGES "micropython-qemu-a.elf", 421 + 217 },
		{ IMAGES "micropython-rp2-a.map", 750 + 73 + 217 },
		{ "../../../shared/data/static/maps/gnuld/micropython-qemu-mps2.map", 146 + 454 + 217 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sample file;
		struct image image;
		need(rows[i].file);
		read_image(&image, rows[i].file, &file);
		assert_u64_equal(image.qstr.n_pools, 3);
		assert_u64_equal(image.qstr.n_strings, rows[i].n_strings);
		image_deinit(&image);
		sample_free(&file);
	}
}
