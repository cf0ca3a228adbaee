#if os(Linux)
  import Foundation

  /// Runs `body` with the rights that nobody has on files: tests as root meet no permission that is missing.
  /// They are the thread's, so `body` must not wait for others.
  package func withRightsOfNobody(_ body: () throws -> Void) throws {
    guard geteuid() == 0 else { return try body() }
    typealias Call = @convention(c) (uid_t) -> CInt
    guard let symbol = dlsym(nil, "setfsuid") else { throw CocoaError(.featureUnsupported) }
    let setfsuid = unsafeBitCast(symbol, to: Call.self)
    _ = setfsuid(65534)
    defer { _ = setfsuid(0) }
    try body()
  }
#endif
