#include "memprof/analysis/components.h"

#include <errno.h>
#include <stdio.h>

#include "memprof/analysis/image_groups.h"
#include "sample.h"
#include "unit.h"

static struct components *rules;
static struct diag diag;

static int read_shipped(void **state)
{
	struct sample file;

	(void)state;
	sample_read("../../layouts/components.json", &file);
	if (components_read((const char *)file.bytes, file.n_bytes, "components.json", &rules, &diag) != 0)
		fail_msg("components.json:%u: %s", (unsigned)diag.at.line, diag.text);
	sample_free(&file);
	return 0;
}

static int free_shipped(void **state)
{
	(void)state;
	components_free(rules);
	components_free(NULL);
	return 0;
}

/* The component that an object gets in a tree known by its signs. */
static void assert_component(const char *const signs[], const char *object, const char *want)
{
	struct image image;
	struct arena arena = { 0 };
	struct names names = { .arena = &arena };
	uint32_t of_object[16];

	image_init(&image, "a.map");
	for (size_t i = 0; signs[i]; i++)
		image_object(&image, signs[i], strlen(signs[i]));
	uint32_t n = image_object(&image, object, strlen(object));
	assert_int_equal(components_assign(rules, &image, &names, of_object), 0);
	if (strcmp(names_text(&names, of_object[n]), want) != 0)
		fail_msg("%s is of %s, not of %s", object, names_text(&names, of_object[n]), want);
	assert_string_equal(names_text(&names, of_object[OBJECT_FILL]), "*fill*");
	names_deinit(&names);
	arena_deinit(&arena);
	image_deinit(&image);
}

static void objects_of_known_trees(void **state)
{
	static const char *const micropython[] = { "build/py/gc.o", "build/py/vm.o", "build/py/runtime.o", NULL };
	static const char *const esp32[] = { "esp-idf/main_esp32/libmain_esp32.a(gc.c.obj)",
					     "esp-idf/main_esp32/libmain_esp32.a(vm.c.obj)", NULL };
	static const char *const circuitpython[] = { "build/supervisor/shared/tick.o", "build/shared-bindings/os/x.o",
						     NULL };
	static const char *const none[] = { "x.o", NULL };
	static const struct {
		const char *const *signs;
		const char *object, *component;
	} rows[] = {
		{ micropython, "build/py/objstr.o", "py" },
		{ micropython, "build-PICO/frozen_content.o", "frozen modules" },
		{ micropython, "CMakeFiles/firmware.dir/home/a/micropython/extmod/modre.c.o", "extmod" },
		{ micropython, "build/lib/littlefs/lfs2.o", "littlefs" },
		{ micropython, "build/main.o", "port" },
		{ micropython, "/usr/lib/gcc/thumb/libgcc.a(_divdi3.o)", "libgcc" },
		{ micropython, "build\\extmod\\modre.o", "extmod" },
		{ esp32, "esp-idf/main_esp32/libmain_esp32.a(objstr.c.obj)", "py" },
		{ esp32, "esp-idf/main_esp32/libmain_esp32.a(machine_uart.c.obj)", "port" },
		{ esp32, "/opt/idf/lib/libnet80211.a(ieee80211.o)", "wifi" },
		{ circuitpython, "build/shared-module/displayio/Group.o", "shared-module" },
		{ none, "/usr/lib/libfoo.a(bar.o)", "libfoo" },
		{ none, "src/drivers/spi.o", "drivers" },
		{ none, "CMakeFiles/app.dir/net/tcp.c.o", "net" },
		{ none, "main.o", "(no folder)" },
		{ none, "build/obj/./main.o", "(no folder)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_component(rows[i].signs, rows[i].object, rows[i].component);
}

/* Components, and archives with what is in none, hold each byte once. */
static void groups_add_up(void **state)
{
	struct sample map;
	struct image image;
	struct image_groups components, archives, objects;
	uint64_t sum[3] = { 0 }, all = 0, in_archives = 0, by_region = 0;

	(void)state;
	sample_read("images/micropython-qemu-a.map", &map);
	assert_int_equal(image_read(&image, "a.map", (const char *)map.bytes, map.n_bytes, 0, &diag), 0);
	assert_string_equal(components_tree(rules, &image), "micropython");
	assert_int_equal(image_groups_by_component(&image, rules, &components), 0);
	assert_int_equal(image_groups_by_archive(&image, &archives), 0);
	assert_int_equal(image_groups_by_object(&image, &objects), 0);
	for (size_t i = 0; i < image.n_objects; i++) {
		all += image.objects[i].size_bytes;
		in_archives += image.objects[i].member ? image.objects[i].size_bytes : 0;
	}
	for (size_t i = 0; i < components.n_groups; i++) {
		sum[0] += components.groups[i].size_bytes;
		by_region += components.groups[i].by_region[0];
		assert_true(i == 0 || components.groups[i - 1].size_bytes >= components.groups[i].size_bytes);
	}
	for (size_t i = 0; i < archives.n_groups; i++)
		sum[1] += archives.groups[i].size_bytes;
	for (size_t i = 0; i < objects.n_groups; i++)
		sum[2] += objects.groups[i].size_bytes;
	assert_u64_equal(sum[0], all);
	assert_u64_equal(sum[1], in_archives);
	assert_u64_equal(sum[2], all);
	assert_true(by_region > 0);
	image_groups_deinit(&components);
	image_groups_deinit(&components);
	image_groups_deinit(&archives);
	image_groups_deinit(&objects);
	image_deinit(&image);
	sample_free(&map);
}

static void faults_have_their_place(void **state)
{
#define FILE_OF(trees) "{ \"schema\": \"memprof.components/1\",\n  \"trees\": " trees " }"
	static const struct {
		const char *text;
		unsigned line;
		const char *summary;
	} rows[] = {
		{ "{}", 1, "schema" },
		{ "{ \"schema\": \"memprof.board/1\", \"trees\": [] }", 1, "memprof.components/1" },
		{ FILE_OF("{}"), 2, "array" },
		{ FILE_OF("[ { \"name\": \"a\", \"signs\": [], \"rules\": [], \"x\": 1 } ]"), 2, "x" },
		{ FILE_OF("[ { \"name\": \"\", \"signs\": [], \"rules\": [] } ]"), 2, "name" },
		{ FILE_OF("[ { \"name\": \"a\", \"signs\": [ 1 ], \"rules\": [] } ]"), 2, "number" },
		{ FILE_OF("[ { \"name\": \"a\", \"signs\": [],\n \"rules\": [ { \"glob\": \"*\" } ] } ]"), 3,
		  "component" },
		{ "[]", 1, "object" },
		{ "{", 1, "" },
	};
	struct components *none = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diag fault = { 0 };
		assert_int_equal(components_read(rows[i].text, strlen(rows[i].text), "rules.json", &none, &fault),
				 -EINVAL);
		if (fault.at.line != rows[i].line || !strstr(fault.text, rows[i].summary))
			fail_msg("%zu: line %u: %s", i, (unsigned)fault.at.line, fault.text);
		assert_null(none);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_of_known_trees),
		cmocka_unit_test(groups_add_up),
		cmocka_unit_test(faults_have_their_place),
	};
	return cmocka_run_group_tests(tests, read_shipped, free_shipped);
}
