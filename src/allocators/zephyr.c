/* Zephyr's sys_heap and k_heap (2.7 to 4), by the types of variables; and its threads, by the list of the kernel
 * (CONFIG_THREAD_MONITOR), whose stacks are filled with 0xaa before they run (CONFIG_INIT_STACKS). */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { FILL = 0xaa, ARRAY_MAX = 16 };

static bool any(const struct reading *reading)
{
	uint64_t address;

	return symbol_at(reading, "sys_heap_init", &address, NULL) || symbol_at(reading, "_kernel", &address, NULL);
}

static void read_heap(struct reading *reading, const char *name, uint64_t at)
{
	static const struct memprof_zephyr ctx = { NULL };
	struct c_pool pool = c_pool_of(POOL_ZEPHYR, memprof_zephyr_stats, memprof_zephyr_walk, &ctx);
	uint64_t z_heap;

	/* No heap yet: it was not initialised. */
	if (!read_member(reading, at, "sys_heap", "heap", &z_heap) || z_heap == 0 ||
	    !read_member(reading, at, "sys_heap", "init_mem", &pool.start) ||
	    !read_member(reading, at, "sys_heap", "init_bytes", &pool.n_bytes))
		return;
	pool.name = name;
	pool.granule_bytes = 2 * WORD_BYTES;
	c_pool_add(reading, &pool);
}

static void read_heaps(struct reading *reading)
{
	size_t n;
	const struct image_variable *all = c_variables(reading, &n);
	const struct image_types *types = reading->program->types;

	for (size_t i = 0; i < n && reading->error == 0; i++) {
		bool is_k_heap = strcmp(all[i].type, "k_heap") == 0;
		uint64_t at = all[i].address + reading->program->moved_by, n_bytes, inner = 0;
		if ((!is_k_heap && strcmp(all[i].type, "sys_heap") != 0) || all[i].is_pointer ||
		    !image_types_bytes(types, all[i].type, &n_bytes) ||
		    (is_k_heap && !image_types_member(types, "k_heap", "heap", &inner, NULL)))
			continue;
		for (uint64_t k = 0; k < MIN(all[i].n, (uint64_t)ARRAY_MAX); k++)
			read_heap(reading, all[i].name, at + k * n_bytes + inner);
	}
}

static void add_thread(struct reading *reading, uint64_t thread, uint64_t current)
{
	struct heap_task task = { .is_current = thread == current, .used_bytes = NOT_KNOWN };

	if (!read_member(reading, thread, "k_thread", "stack_info.start", &task.start) ||
	    !read_member(reading, thread, "k_thread", "stack_info.size", &task.stack_bytes))
		return;
	c_task_name(reading, thread, "k_thread", "name", &task);
	c_task_add(reading, &task, task.start + task.stack_bytes, FILL);
}

static void read_threads(struct reading *reading)
{
	uint64_t kernel, thread, current = 0, next;

	if (!symbol_at(reading, "_kernel", &kernel, NULL) ||
	    !read_member(reading, kernel, "z_kernel", "threads", &thread))
		return;
	if (!read_member(reading, kernel, "z_kernel", "cpus.current", &current))
		read_member(reading, kernel, "_cpu", "current", &current); /* the first processor's is at its start */
	for (size_t n = 0; thread != 0 && n < HEAP_TASKS_MAX && reading->error == 0; n++, thread = next) {
		add_thread(reading, thread, current);
		if (!read_member(reading, thread, "k_thread", "next_thread", &next))
			return;
	}
}

static void read_all(struct reading *reading)
{
	read_heaps(reading);
	read_threads(reading);
}

const struct allocator zephyr = { any, read_all };
