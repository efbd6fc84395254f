# Files that need no kernel, for CMakeLists.txt (ESP-IDF) and zephyr/CMakeLists.txt: a library, of which the linker takes what is
# called.
set(MEMPROF_SOURCES
    core/agent.c
    core/frame.c
    core/snapshot.c
    core/table.c
    extra/allocations.c
    extra/crc_table.c
    extra/last_words.c
    extra/requests.c
    extra/rolling.c
    extra/sites.c
    extra/stats.c
    extra/text.c
    pools/fixed.c
    pools/pool.c
    pools/ramfs.c
    pools/tlsf.c
    tasks/tasks.c
)
list(TRANSFORM MEMPROF_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
