# The agent as a MicroPython C module, for ports that are built with CMake:
#   make USER_C_MODULES=/path/to/memprof/firmware-agent/micropython.cmake
# Options:
#   -DMEMPROF_FAST=1      shorter pauses, more code
#   "-DMEMPROF_POOLS=tlsf;fixed;tracked"  kinds of pools that a file of the board names (ports/micropython/pools.c);
#                         tracked: C allocations on the GC heap; pool: kinds of the board's own
#   -DMEMPROF_HOOKS=0     collections and failed allocations are not reported
#   -DMEMPROF_REQUESTS=1  the host may ask (rp2)
#   -DMEMPROF_SITES=1     memprof.sites() samples allocations by lines of the program; needs MEMPROF_HOOKS
#   -DMEMPROF_BUILD_ID=1  a GNU build id in the firmware, told to the host (rp2)
add_library(usermod_memprof INTERFACE)

target_sources(usermod_memprof INTERFACE
    ${CMAKE_CURRENT_LIST_DIR}/core/agent.c
    ${CMAKE_CURRENT_LIST_DIR}/core/frame.c
    ${CMAKE_CURRENT_LIST_DIR}/core/snapshot.c
    ${CMAKE_CURRENT_LIST_DIR}/core/table.c
    ${CMAKE_CURRENT_LIST_DIR}/extra/rolling.c
    ${CMAKE_CURRENT_LIST_DIR}/extra/stats.c
    ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/agent.c
    ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/channel.c
    ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/heap.c
    ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/hooks.c
    ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/modmemprof.c
    ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/pools.c
)
# What runs while the program waits.
if(MEMPROF_FAST)
    target_sources(usermod_memprof INTERFACE ${CMAKE_CURRENT_LIST_DIR}/extra/crc_table.c)
    target_compile_definitions(usermod_memprof INTERFACE MEMPROF_FAST=1)
    set_source_files_properties(
        ${CMAKE_CURRENT_LIST_DIR}/core/snapshot.c
        ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/heap.c
        PROPERTIES COMPILE_OPTIONS "-O3"
    )
endif()
if(MEMPROF_POOLS)
    set(memprof_pools pool ${MEMPROF_POOLS})
    list(REMOVE_DUPLICATES memprof_pools)
    foreach(memprof_pool ${memprof_pools})
        target_sources(usermod_memprof INTERFACE ${CMAKE_CURRENT_LIST_DIR}/pools/${memprof_pool}.c)
    endforeach()
    target_compile_definitions(usermod_memprof INTERFACE MEMPROF_HAS_POOLS=1)
    if("tracked" IN_LIST MEMPROF_POOLS)
        target_compile_definitions(usermod_memprof INTERFACE MEMPROF_TRACKED=1)
    endif()
endif()
target_compile_definitions(usermod_memprof INTERFACE MEMPROF_CRC_WORDS=1)
target_include_directories(usermod_memprof INTERFACE ${CMAKE_CURRENT_LIST_DIR}/include)

if(NOT DEFINED MEMPROF_HOOKS OR MEMPROF_HOOKS)
    target_compile_definitions(usermod_memprof INTERFACE MEMPROF_HOOKS=1)
    target_link_options(usermod_memprof INTERFACE
        -Wl,--wrap=gc_collect_start -Wl,--wrap=gc_collect_end -Wl,--wrap=gc_sweep_all -Wl,--wrap=m_malloc_fail
    )
endif()

if(MEMPROF_SITES)
    target_sources(usermod_memprof INTERFACE
        ${CMAKE_CURRENT_LIST_DIR}/extra/sites.c
        ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/sites.c
    )
    target_compile_definitions(usermod_memprof INTERFACE MEMPROF_SITES=1)
    list(APPEND MICROPY_CPP_DEF_EXTRA MEMPROF_SITES=1) # where qstrs are looked for
    target_link_options(usermod_memprof INTERFACE
        -Wl,--wrap=gc_alloc -Wl,--wrap=gc_realloc -Wl,--wrap=gc_free
    )
endif()

if(MEMPROF_REQUESTS)
    target_sources(usermod_memprof INTERFACE
        ${CMAKE_CURRENT_LIST_DIR}/extra/requests.c
        ${CMAKE_CURRENT_LIST_DIR}/ports/micropython/requests.c
    )
    target_compile_definitions(usermod_memprof INTERFACE MEMPROF_REQUESTS=1)
    target_link_options(usermod_memprof INTERFACE
        -Wl,--wrap=mp_hal_stdin_rx_chr -Wl,--wrap=mp_hal_stdio_poll
    )
endif()

# Other linkers' scripts need a place for it as well: see the README.
if(MEMPROF_BUILD_ID AND PICO_SDK_PATH)
    target_link_options(usermod_memprof INTERFACE
        -Wl,--build-id=sha1 -Wl,-T,${CMAKE_CURRENT_LIST_DIR}/ports/micropython/build-id-rp2.ld
    )
endif()

target_link_libraries(usermod INTERFACE usermod_memprof)
