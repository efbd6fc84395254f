#include "memprof/analysis/components.h"

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

UNIT_GROUP(read_shipped, free_shipped)

UNIT_TEST(objects_of_known_trees)
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

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_component(rows[i].signs, rows[i].object, rows[i].component);
}

struct object_row {
	const char *object, *component;
};

/* The components of a whole build: a folder below the root depends on all objects. */
static void assert_build(const struct object_row *rows, size_t n_rows)
{
	struct image image;
	struct arena arena = { 0 };
	struct names names = { .arena = &arena };
	uint32_t of_object[64];

	assert_true(n_rows + N_PSEUDO_OBJECTS <= ARRAY_SIZE(of_object));
	image_init(&image, "a.map");
	for (size_t i = 0; i < n_rows; i++)
		assert_int_equal(image_object(&image, rows[i].object, strlen(rows[i].object)), N_PSEUDO_OBJECTS + i);
	assert_int_equal(components_assign(rules, &image, &names, of_object), 0);
	for (size_t i = 0; i < n_rows; i++) {
		const char *found = names_text(&names, of_object[N_PSEUDO_OBJECTS + i]);
		if (strcmp(found, rows[i].component) != 0)
			fail_msg("%s is of %s, not of %s", rows[i].object, found, rows[i].component);
	}
	names_deinit(&names);
	arena_deinit(&arena);
	image_deinit(&image);
}

UNIT_TEST(a_cubeide_build_has_names)
{
	static const struct object_row rows[] = {
		{ "./Core/Src/main.o", "Core" },
		{ "./Core/Src/stm32f4xx_hal_msp.o", "Core" },
		{ "./Core/Startup/startup_stm32f446retx.o", "Core/Startup" },
		{ "./Drivers/STM32F4xx_HAL_Driver/Src/stm32f4xx_hal.o", "stm32-hal" },
		{ "./Drivers/BSP/Components/Src/lsm303.o", "Drivers/BSP/Components" },
		{ "./Drivers/CMSIS/DSP/Source/arm_fir.o", "cmsis" },
		{ "./Middlewares/Third_Party/FreeRTOS/Source/tasks.o", "freertos" },
		{ "./Middlewares/Third_Party/FreeRTOS/Source/CMSIS_RTOS_V2/cmsis_os2.o", "freertos" },
		{ "./Middlewares/Third_Party/LwIP/src/core/tcp.o", "lwip" },
		{ "./Middlewares/Third_Party/Unheard_Of/Src/a.o", "Unheard_Of" },
		{ "./Middlewares/ST/STM32_USB_Device_Library/Core/Src/usbd_core.o", "stm32-usb" },
		{ "/opt/gcc/arm-none-eabi/12.2.1/thumb/v7e-m+fp/hard/crti.o", "startup" },
		{ "/opt/lib/gcc/arm-none-eabi/12.2.1/thumb/v7-m/nofp/other.o", "startup" },
		{ "/opt/gcc/arm-none-eabi/lib/thumb/v7e-m+fp/hard/libc_nano.a(libc_a-memcpy.o)", "libc" },
		{ "linker stubs", "(no folder)" },
	};

	assert_build(rows, ARRAY_SIZE(rows));
}

UNIT_TEST(folders_are_named_below_their_root)
{
	static const struct object_row cmake[] = {
		{ "CMakeFiles/app.dir/src/net/tcp.c.obj", "net" },
		{ "CMakeFiles/app.dir/src/ui/screen/Src/a.c.obj", "ui/screen" },
		{ "CMakeFiles/app.dir/src/main.c.obj", "src" },
		{ "CMakeFiles/app.dir/__/shared/crc.c.obj", "shared" },
		{ "lib/motor/CMakeFiles/motor.dir/pid/pid.c.obj", "lib/motor" },
		{ "C:\\ci\\sdk\\rp2_common\\pico_stdio\\stdio.c.obj", "pico-sdk" },
	}, deep[] = {
		{ "/home/a/project/Debug/Obj/app/main.o", "app" },
		{ "/home/a/project/Debug/Obj/app/ui/a.o", "app/ui" },
		{ "/home/a/project/Debug/Obj/../../vendor/x.o", "vendor" },
		{ "/home/a/project/Debug/Obj/x.o", "project" },
	}, one_folder[] = {
		{ "project/Debug/Obj/main.o", "project" },
		{ "project/Debug/Obj/uart.o", "project" },
		{ "../../../x.o", "(no folder)" },
	};

	assert_build(cmake, ARRAY_SIZE(cmake));
	assert_build(deep, ARRAY_SIZE(deep));
	assert_build(one_folder, ARRAY_SIZE(one_folder));
}

UNIT_TEST(sdk_components_have_their_names)
{
	static const struct object_row zephyr[] = {
		{ "zephyr/kernel/libkernel.a(sched.c.obj)", "kernel" },
		{ "zephyr/drivers/usb/udc/libdrivers__usb__udc.a(udc_common.c.obj)", "drivers/usb" },
		{ "zephyr/subsys/net/ip/libsubsys__net__ip.a(tcp.c.obj)", "subsys/net" },
		{ "zephyr/libzephyr.a(log_core.c.obj)", "subsys/logging" },
		{ "zephyr/libzephyr.a(heap.c.obj)", "lib/heap" },
		{ "zephyr/libzephyr.a(cbprintf_complete.c.obj)", "lib/os" },
		{ "zephyr/libzephyr.a(configs.c.obj)", "zephyr" },
		{ "modules/hal_rpi_pico/libmodules__hal_rpi_pico.a(gpio.c.obj)", "modules/hal_rpi_pico" },
		{ "app/libapp.a(main.c.obj)", "app" },
	}, idf[] = {
		{ "esp-idf/freertos/libfreertos.a(tasks.c.obj)", "freertos" },
		{ "esp-idf/esp_driver_uart/libesp_driver_uart.a(uart.c.obj)", "esp_driver_uart" },
		{ "/opt/esp-idf/components/esp_coex/lib/esp32/libother.a(a.o)", "esp_coex" },
		{ "/opt/esp-idf/components/esp_wifi/lib/esp32/libpp.a(pp.o)", "wifi" },
	}, micropython[] = {
		{ "build/py/gc.o", "py" },
		{ "build/py/vm.o", "py" },
		{ "build/py/runtime.o", "py" },
		{ "build/lib/lv_bindings/lvgl.o", "lv_bindings" },
		{ "build/lib/one.o", "lib" },
		{ "/usr/lib/x86_64-linux-gnu/Scrt1.o", "startup" },
		{ "/usr/lib/x86_64-linux-gnu/libfoo.a(a.o)", "other archives" },
	};

	assert_build(zephyr, ARRAY_SIZE(zephyr));
	assert_build(idf, ARRAY_SIZE(idf));
	assert_build(micropython, ARRAY_SIZE(micropython));
}

/* Components, and archives with what is in none, hold each byte once. */
UNIT_TEST(groups_add_up)
{
	struct sample map;
	struct image image;
	struct image_groups components, archives, objects;
	uint64_t sum[3] = { 0 }, all = 0, in_archives = 0, by_region = 0;

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

UNIT_TEST(faults_have_their_place)
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
		{ "{ \"schema\": \"memprof.components/1\", \"trees\": [],\n \"common\": {} }", 2, "array" },
		{ "[]", 1, "object" },
		{ "{", 1, "" },
	};
	struct components *none = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diag fault = { 0 };
		assert_int_equal(components_read(rows[i].text, strlen(rows[i].text), "rules.json", &none, &fault),
				 -EINVAL);
		if (fault.at.line != rows[i].line || !strstr(fault.text, rows[i].summary))
			fail_msg("%zu: line %u: %s", i, (unsigned)fault.at.line, fault.text);
		assert_null(none);
	}
}
