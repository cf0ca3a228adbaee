import Foundation
import FuzzReaders

/// Feeds the readers of files that others may have damaged. libFuzzer calls this; `pipelines/checks/fuzz.sh` builds
/// and runs it. DK_FUZZ_READER names the reader, a case of `FuzzReader`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  do {
    try chosen.read(bytes)
  } catch {
    // An error is the right answer to damage; only a trap, a hang or much memory is a finding.
  }
  return 0
}

private let chosen: FuzzReader = {
  let name = ProcessInfo.processInfo.environment["DK_FUZZ_READER"] ?? ""
  guard let reader = FuzzReader(rawValue: name) else { fatalError("no reader is called '\(name)'") }
  return reader
}()

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// The package manager links its own name of `main`, so libFuzzer's is not the one that starts.
@_cdecl("dk_fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { fuzzOneInput($0, $1) }
}
