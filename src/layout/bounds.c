#include "bounds.h"

const struct layout_bounds layout_bounds[N_LAYOUT_BOUNDS] = {
	/* rp2, alif */
	{ BOUNDS_OF_ALL, "__GcHeapStart", "__GcHeapEnd", false, SPAN_HEAP, "GC heap", BOUNDS_GROUP_HEAP },
	/* mimxrt */
	{ BOUNDS_OF_ALL, "_gc_heap_start", "_gc_heap_end", false, SPAN_HEAP, "GC heap", BOUNDS_GROUP_HEAP },
	/* ESP-IDF: Python's heap is allocated from it */
	{ BOUNDS_OF_ESP_IDF, "_heap_start", "_heap_end", false, SPAN_POOL, "ESP-IDF heap", BOUNDS_GROUP_HEAP },
	/* stm32, nrf, renesas-ra, OpenMV */
	{ BOUNDS_OF_OTHERS, "_heap_start", "_heap_end", false, SPAN_HEAP, "GC heap", BOUNDS_GROUP_HEAP },
	/* samd */
	{ BOUNDS_OF_ALL, "_sheap", "_eheap", false, SPAN_HEAP, "GC heap", BOUNDS_GROUP_HEAP },
	/* cc3200 */
	{ BOUNDS_OF_ALL, "_boot", "_eheap", false, SPAN_HEAP, "GC heap", BOUNDS_GROUP_HEAP },
	/* psoc-edge; on other ports the heap of the C library */
	{ BOUNDS_OF_ALL, "__HeapBase", "__HeapLimit", false, SPAN_HEAP, "heap", BOUNDS_GROUP_HEAP },
	/* CircuitPython: Python's heap is one block of this pool */
	{ BOUNDS_OF_ALL, "_ld_heap_start", "_ld_heap_end", false, SPAN_POOL, "outer heap", BOUNDS_GROUP_HEAP },
	/* qemu; minimal, zephyr, esp8266: an array in .bss */
	{ BOUNDS_OF_ALL, "gc_heap", NULL, false, SPAN_HEAP, "GC heap", BOUNDS_GROUP_HEAP },
	{ BOUNDS_OF_ALL, "heap", NULL, false, SPAN_HEAP, "GC heap", BOUNDS_GROUP_HEAP },

	{ BOUNDS_OF_ALL, "__bss_end__", "__GcHeapStart", false, SPAN_POOL, "C heap", BOUNDS_GROUP_NONE },

	{ BOUNDS_OF_ALL, "__StackBottom", "__StackTop", false, SPAN_STACK, "stack", BOUNDS_GROUP_STACK },
	{ BOUNDS_OF_ALL, "_sstack", "_estack", false, SPAN_STACK, "stack", BOUNDS_GROUP_STACK },
	{ BOUNDS_OF_ALL, "_ld_stack_bottom", "_ld_stack_top", false, SPAN_STACK, "stack", BOUNDS_GROUP_STACK },
	{ BOUNDS_OF_ALL, "__StackLimit", "__StackTop", false, SPAN_STACK, "stack", BOUNDS_GROUP_STACK },
	{ BOUNDS_OF_ALL, "__StackOneBottom", "__StackOneTop", false, SPAN_STACK, "stack of core 1", BOUNDS_GROUP_NONE },

	/* stm32; nrf; mimxrt; samd */
	{ BOUNDS_OF_ALL, "_micropy_hw_internal_flash_storage_start", "_micropy_hw_internal_flash_storage_end", false,
	  SPAN_FILESYSTEM, "file system", BOUNDS_GROUP_STORAGE },
	{ BOUNDS_OF_ALL, "_fs_start", "_fs_end", false, SPAN_FILESYSTEM, "file system", BOUNDS_GROUP_STORAGE },
	{ BOUNDS_OF_ALL, "__vfs_start", "__vfs_end", false, SPAN_FILESYSTEM, "file system", BOUNDS_GROUP_STORAGE },
	{ BOUNDS_OF_ALL, "_oflash_fs", "_sflash_fs", true, SPAN_FILESYSTEM, "file system", BOUNDS_GROUP_STORAGE },
	{ BOUNDS_OF_ALL, "_micropy_hw_romfs_part0_start", "_micropy_hw_romfs_part0_size", true, SPAN_FILESYSTEM,
	  "ROMFS", BOUNDS_GROUP_NONE },
	{ BOUNDS_OF_ALL, "_micropy_hw_romfs_part1_start", "_micropy_hw_romfs_part1_size", true, SPAN_FILESYSTEM,
	  "ROMFS 1", BOUNDS_GROUP_NONE },
	{ BOUNDS_OF_ALL, "_micropy_hw_internal_flash_storage_ram_cache_start",
	  "_micropy_hw_internal_flash_storage_ram_cache_end", false, SPAN_RESERVED, "cache of the file system",
	  BOUNDS_GROUP_NONE },
};
