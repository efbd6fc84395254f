#!/usr/bin/python3
"""The agent as a component of ESP-IDF and as a module of Zephyr: their CMake files with stand-ins for the functions of both
SDKs, compiled for a Cortex-M3 with the doubles of both kernels. Neither SDK is here.

usage: test-components.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import glob
import os
import re
import subprocess

import yaml

import rig

ROOT = os.path.abspath(os.path.join(rig.HERE, "..", ".."))
AGENT = os.path.join(ROOT, "firmware-agent")
SUPPORT = os.path.join(ROOT, "tests", "support")
# Declared, and of other firmware: MicroPython's C allocations and boards, FreeRTOS's own heaps, newlib's malloc.
OTHERS = "memprof_(tracked|freertos|newlib|nano|dlmalloc)_(where|stats|walk)|memprof_board_.*"

PROJECT = """
cmake_minimum_required(VERSION 3.20)
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
project(test C)
add_compile_options(-mcpu=cortex-m3 -mthumb -Os -std=gnu17 -Wall -Wextra -Werror)
"""
IDF = PROJECT + """
function(idf_component_register)
    cmake_parse_arguments(PARSE_ARGV 0 it "" "" "SRCS;INCLUDE_DIRS")
    if(it_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "not known: ${it_UNPARSED_ARGUMENTS}")
    endif()
    add_library(agent STATIC ${it_SRCS})
    target_include_directories(agent PUBLIC ${it_INCLUDE_DIRS})
    target_include_directories(agent PRIVATE ${DOUBLES})
    target_compile_definitions(agent PRIVATE ESP_PLATFORM)
endfunction()
add_subdirectory(${AGENT} agent)
"""
# Before that, IDF reads each component in a script without a configuration, where the function returns from the file.
IDF_EARLY = """
macro(idf_component_register)
    set(is_registered 1 PARENT_SCOPE)
    return()
endmacro()
function(read_component)
    include(${AGENT}/CMakeLists.txt)
endfunction()
read_component()
if(NOT is_registered)
    message(FATAL_ERROR "no component")
endif()
"""
# A module is processed in a scope and a folder of its own; include directories are those of all code.
ZEPHYR = PROJECT + """
function(zephyr_include_directories)
    include_directories(${ARGV})
endfunction()
macro(zephyr_library_named name)
    set(ZEPHYR_CURRENT_LIBRARY ${name})
    add_library(${name} STATIC "")
endmacro()
function(zephyr_library_sources)
    target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_library_sources_ifdef option)
    if(${option})
        zephyr_library_sources(${ARGN})
    endif()
endfunction()
include_directories(${DOUBLES})
add_subdirectory(${MODULE} agent)
"""


def run(*command):
    p = subprocess.run(command, capture_output=True, text=True)
    if p.returncode:
        raise AssertionError(p.stdout + p.stderr)
    return p.stdout


def read(*path):
    with open(os.path.join(AGENT, *path), encoding="utf-8") as file:
        return file.read()


def symbols(archive):
    """Names that it defines, and those that it needs."""
    found = re.findall(r"(?m)^[0-9a-f ]+([A-Za-z]) (\w+)$", run("arm-none-eabi-nm", archive))
    defined = {name for kind, name in found if kind in "TDBRC"}
    return defined, {name for kind, name in found if kind == "U"} - defined


def functions(not_of):
    """What the headers declare, but for what is of another kernel or of no component."""
    text = "".join(read(os.path.relpath(header, AGENT)) for header in glob.glob(os.path.join(AGENT, "include", "memprof", "*.h")))
    text = re.sub(r"/\*.*?\*/|^#.*?(?<!\\)$", "", text, flags=re.S | re.M)
    declared = set(re.findall(r"(?m)^(?!static|typedef)\w[\w *]*?\b(memprof_\w+)\(", text))
    return {name for name in declared if not re.fullmatch("%s|memprof_(%s)_.*" % (OTHERS, not_of), name)}


class Build(rig.InFolder):
    def build(self, project, *options):
        """Names that the library has, and those that it needs."""
        self.file("CMakeLists.txt", project)
        out = self.file("out")
        run("cmake", "-S", self.folder, "-B", out, *("-D" + option for option in options))
        run("cmake", "--build", out, "-j2")
        archive, = glob.glob(os.path.join(out, "agent", "*.a"))
        return symbols(archive)


class EspIdf(Build):
    def setUp(self):
        super().setUp()
        self.file("esp/esp_heap_caps.h", '#include "agent_doubles.h"\n')
        for header in ("FreeRTOS.h", "task.h"):
            self.file("esp/freertos/" + header, '#include "%s"\n' % os.path.join(SUPPORT, "kernels", header))

    def component(self, *options):
        return self.build(IDF, "AGENT=" + AGENT, "DOUBLES=%s/esp;%s" % (self.folder, SUPPORT), *options)

    def test_all_that_the_headers_declare(self):
        defined, needed = self.component("CONFIG_FREERTOS_USE_TRACE_FACILITY=y")
        self.assertEqual(functions(not_of="zephyr") - defined, set())
        self.assertEqual({name for name in needed if name.startswith("memprof")}, set())
        self.assertIn("heap_caps_get_info", needed)
        self.assertIn("uxTaskGetSystemState", needed)

    def test_without_the_kernels_list_of_tasks(self):
        defined, needed = self.component()
        self.assertNotIn("memprof_freertos_tasks", defined)
        self.assertNotIn("uxTaskGetSystemState", needed)
        self.assertIn("memprof_send_tasks", defined)

    def test_without_a_configuration(self):
        run("cmake", "-DAGENT=" + AGENT, "-P", self.file("early.cmake", IDF_EARLY))

    def test_its_manifest(self):
        manifest = yaml.safe_load(read("idf_component.yml"))
        self.assertEqual(set(manifest), {"version", "description", "url", "repository", "repository_info", "license", "dependencies"})
        self.assertTrue(os.path.exists(os.path.join(ROOT, manifest["repository_info"]["path"], "idf_component.yml")))
        self.assertEqual(set(manifest["dependencies"]), {"idf"})


class Zephyr(Build):
    def module(self, *options):
        build = yaml.safe_load(read("zephyr", "module.yml"))["build"]
        return self.build(ZEPHYR, "MODULE=" + os.path.join(AGENT, build["cmake"]), "DOUBLES=" + os.path.join(SUPPORT, "kernels"),
                          *options)

    def test_all_that_the_headers_declare(self):
        defined, needed = self.module("CONFIG_MEMPROF=y", "CONFIG_MEMPROF_TASKS=y")
        self.assertEqual(functions(not_of="caps|freertos") - defined, set())
        self.assertEqual({name for name in needed if name.startswith("memprof")}, set())
        self.assertIn("k_thread_foreach_unlocked", needed)

    def test_without_threads(self):
        defined, needed = self.module("CONFIG_MEMPROF=y")
        self.assertNotIn("memprof_zephyr_tasks", defined)
        self.assertEqual({name for name in needed if name.startswith("k_")}, set())

    def test_switched_off(self):
        with self.assertRaisesRegex(ValueError, "not enough values"):   # no library
            self.module()

    def test_its_files(self):
        module = yaml.safe_load(read("zephyr", "module.yml"))
        self.assertEqual(set(module), {"name", "build"})
        self.assertEqual(set(module["build"]), {"cmake", "kconfig"})
        options = set(re.findall(r"(?m)^config (\w+)$", read(module["build"]["kconfig"])))
        self.assertEqual({"CONFIG_" + option for option in options},
                         set(re.findall(r"\bCONFIG_\w+", read(module["build"]["cmake"], "CMakeLists.txt"))))
        # What the source demands is selected.
        demanded = re.search(r"#if (.*)\n#error", read("tasks", "zephyr.c"))[1]
        self.assertEqual(set(re.findall(r"select (\w+)", read(module["build"]["kconfig"]))),
                         set(re.findall(r"CONFIG_(\w+)", demanded)))


if __name__ == "__main__":
    rig.main()
