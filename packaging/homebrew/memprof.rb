# Untested: a formula for Homebrew on Linux. Homebrew has elfutils for Linux only, and memprof was never built on macOS.
# Before use, replace sha256 by that of the release.
class Memprof < Formula
  desc "Memory profiler for boards that run MicroPython"
  homepage "https://github.com/memprof/memprof"
  url "https://github.com/memprof/memprof/releases/download/v0.2.0/memprof-0.2.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"
  head "https://github.com/memprof/memprof.git", branch: "main"

  depends_on "binutils" => :build # libiberty.a
  depends_on "meson" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "scdoc" => :build
  depends_on "cjson"
  depends_on "elfutils"
  depends_on "libmd"
  depends_on "libmicrohttpd"
  depends_on "libserialport"
  depends_on "libusb"
  depends_on "sqlite"
  depends_on "zstd"
  depends_on :linux
  depends_on "ncurses"
  depends_on "zlib"

  def install
    system "meson", "setup", "build", "-Dtests=disabled", "-Ddocs=enabled", *std_meson_args
    system "meson", "compile", "-C", "build"
    system "meson", "install", "-C", "build"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/memprof --version")
    assert_match "would it fit", shell_output("#{bin}/memprof snap --quiet sim:leak").downcase
  end
end
