// swift-tools-version: 6.2
import PackageDescription

/// Libraries from the ground up; an import only ever goes down this list.
let libraries: [Target] = [
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
  .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
  .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .target(name: "CPNG", dependencies: ["CLibPNG"]),
  .target(
    name: "CDigest", dependencies: [.target(name: "CLibCrypto", condition: .when(platforms: [.linux]))]),
  .target(name: "CSystem"),
  .target(name: "CKernels"),
  .target(name: "CounterRandom"),
  .target(
    name: "Storage",
    dependencies: ["CDigest", "CSystem", "CZip", "CZstd", "CZlib"]),
  .target(
    name: "Stage",
    dependencies: ["CSystem", "Storage", .product(name: "Logging", package: "swift-log")]),
  .target(name: "Datasets", dependencies: ["CPNG", "CounterRandom", "Stage", "Storage"]),
  .target(
    name: "Networks", dependencies: ["CKernels", "CSystem", "CounterRandom", "Datasets", "Stage", "Storage"]),
  .target(name: "Distillation", dependencies: ["CounterRandom", "Datasets", "Networks", "Stage", "Storage"]),
  .target(name: "Inspection", dependencies: ["Datasets", "Distillation", "Networks", "Stage", "Storage"]),
  .target(
    name: "Interchange",
    dependencies: [
      "Datasets", "Distillation", "Networks", "Stage", "Storage",
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ], exclude: ["Protocols"]),
  .target(
    name: "Reporting", dependencies: ["CPNG", "Datasets", "Distillation", "Networks", "Stage", "Storage"]),
  .target(
    name: "Programs",
    dependencies: [
      "CSystem", "Datasets", "Distillation", "Interchange", "Networks", "Stage", "Storage",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

/// The programs: one folder each, options and one verb.
let programs = [
  "dk-ingest", "dk-teach", "dk-soften", "dk-distill", "dk-calibrate", "dk-evaluate", "dk-neighbors",
  "dk-specialize", "dk-predict", "dk-export", "dk-report",
  "dk-inspect",
]
let programTargets: [Target] = programs.map {
  .executableTarget(
    name: $0,
    dependencies: [
      "Datasets", "Distillation", "Inspection", "Interchange", "Networks", "Programs", "Reporting", "Stage",
      "Storage", .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ])
}

/// Tests of the libraries, and `ProgramTests` that run the programs.
let tests: [Target] =
  [
    .target(name: "TestSupport", dependencies: ["Datasets", "Stage", "Storage"], path: "Tests/TestSupport"),
    .target(
      name: "FuzzReaders",
      dependencies: ["Datasets", "Distillation", "Inspection", "Networks", "Stage", "Storage"],
      path: "Tests/FuzzReaders"),
    .testTarget(name: "CorpusTests", dependencies: ["FuzzReaders", "Storage", "TestSupport"]),
    .testTarget(name: "CounterRandomTests", dependencies: ["CKernels", "CounterRandom"]),
    .testTarget(
      name: "ProgramTests",
      dependencies: ["Datasets", "Distillation", "Networks", "Stage", "Storage", "TestSupport"]
        + programs.map { .init(stringLiteral: $0) },
      exclude: ["Faults"]),
  ]
  + ["Storage", "Stage", "Datasets", "Networks", "Distillation", "Inspection"].map {
    .testTarget(
      name: "\($0)Tests",
      dependencies: [
        "CKernels", "CounterRandom", "Datasets", "Distillation", "Inspection", "Networks", "Stage", "Storage",
        "TestSupport",
      ])
  }

for target in libraries + programTargets + tests where target.type != .system {
  target.swiftSettings = [.treatAllWarnings(as: .error)]
}

/// The fuzzer of the readers, and the flags that instrument them; `pipelines/fuzz.sh` sets DK_FUZZ.
let fuzzers: [Target]
if Context.environment["DK_FUZZ"] == nil {
  fuzzers = []
} else {
  let flags = ["-sanitize=fuzzer,address", "-parse-as-library"]
  let read: Set = ["Storage", "Stage", "Datasets", "Networks", "Distillation", "Inspection", "FuzzReaders"]
  for target in libraries + tests where read.contains(target.name) {
    target.swiftSettings = [.unsafeFlags(flags)]
  }
  fuzzers = [
    .executableTarget(
      name: "dk-fuzz", dependencies: ["FuzzReaders"], path: "Tests/Fuzz",
      exclude: ["Corpus"],
      swiftSettings: [.unsafeFlags(flags)], linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
  ]
}

let package = Package(
  name: "DarkKnowledge",
  platforms: [.macOS(.v15)],
  products: programs.map { .executable(name: $0, targets: [$0]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
  ],
  targets: libraries + programTargets + tests + fuzzers,
  swiftLanguageModes: [.v6]
)
